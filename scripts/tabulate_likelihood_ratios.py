"""Tabulate likelihood ratios."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.experiments import group_by_experiment
from sr_fingerprints.tables.likelihood_ratios import tabulate_likelihood_ratios

job = start(snakemake)
tabulate_likelihood_ratios(
    group_by_experiment(job.params.names, job.input.test),
    validation=group_by_experiment(job.params.names, job.input.validation),
    calibrations=group_by_experiment(job.params.names, job.input.calibrations),
    networks=job.input.networks,
    csv=job.output.csv,
    tex=job.output.tex,
)
