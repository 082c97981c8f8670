"""Draw Tippett plots of likelihood ratios."""

from sr_fingerprints.figures.likelihood_ratios import plot_likelihood_ratios
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.experiments import group_by_experiment

job = start(snakemake)
plot_likelihood_ratios(
    group_by_experiment(job.params.names, job.input.test),
    validation=group_by_experiment(job.params.names, job.input.validation),
    calibrations=group_by_experiment(job.params.names, job.input.calibrations),
    networks=job.input.networks,
    pdf=job.output.pdf,
    png=job.output.png,
)
