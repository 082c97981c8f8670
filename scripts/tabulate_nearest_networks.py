"""Tabulate how often the nearest network shares a hyperparameter."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.nearest_networks import tabulate_nearest_networks

job = start(snakemake)
tabulate_nearest_networks(
    job.input.predictions,
    networks=job.input.networks,
    csv=job.output.csv,
    tex=job.output.tex,
    permutations=job.params.permutations,
    seed=job.params.seed,
)
