"""Tabulate the results of the controls."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.experiments import experiment_table, group_by_experiment
from sr_fingerprints.tables.controls import tabulate_controls

job = start(snakemake)
tabulate_controls(
    experiment_table(job.params.experiments),
    predictions=group_by_experiment(job.params.names, job.input.classifiers),
    attribution=group_by_experiment(job.params.attribution_names, job.input.attribution),
    twins=job.input.twins,
    networks=job.input.networks,
    csv=job.output.csv,
    tex=job.output.tex,
)
