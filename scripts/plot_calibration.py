"""Draw reliability diagrams."""

from sr_fingerprints.figures.calibration import plot_calibration
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.experiments import group_by_experiment

job = start(snakemake)
plot_calibration(
    group_by_experiment(job.params.names, job.input.test),
    validation=group_by_experiment(job.params.names, job.input.validation),
    calibrations=group_by_experiment(job.params.names, job.input.calibrations),
    networks=job.input.networks,
    bins=job.params.bins,
    pdf=job.output.pdf,
    png=job.output.png,
)
