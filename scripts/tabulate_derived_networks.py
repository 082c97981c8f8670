"""Tabulate whose images those of derived networks are taken for."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.experiments import group_by_experiment
from sr_fingerprints.tables.derived_networks import tabulate_derived_networks

job = start(snakemake)
tabulate_derived_networks(
    test=group_by_experiment(job.params.names, job.input.test),
    validation=group_by_experiment(job.params.names, job.input.validation),
    networks=job.input.networks,
    distances=job.input.distances,
    csv=job.output.csv,
    tex=job.output.tex,
)
