"""Tabulate the accuracy of parsing hyperparameters of networks with a withheld value."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.experiments import experiment_table, group_by_experiment
from sr_fingerprints.tables.parsers import tabulate_parsers

job = start(snakemake)
tabulate_parsers(
    experiment_table(job.params.experiments),
    predictions=group_by_experiment(job.params.names, job.input.classifiers),
    networks=job.input.networks,
    csv=job.output.csv,
    tex=job.output.tex,
)
