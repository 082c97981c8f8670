"""Tabulate whether images of unknown networks fall into groups, one for each."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.experiments import experiment_table
from sr_fingerprints.tables.unknown_networks import tabulate_unknown_networks

job = start(snakemake)
tabulate_unknown_networks(
    experiment_table(job.params.experiments),
    predictions=dict(zip(job.params.names, job.input.predictions, strict=True)),
    networks=job.input.networks,
    most=job.params.most,
    seed=job.params.seed,
    csv=job.output.csv,
    tex=job.output.tex,
)
