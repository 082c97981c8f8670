"""Tabulate coverage and sizes of conformal prediction sets."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.experiments import group_by_experiment
from sr_fingerprints.tables.conformal_sets import tabulate_conformal_sets

job = start(snakemake)
tabulate_conformal_sets(
    group_by_experiment(job.params.names, job.input.test),
    validation=group_by_experiment(job.params.names, job.input.validation),
    networks=job.input.networks,
    csv=job.output.csv,
    tex=job.output.tex,
)
