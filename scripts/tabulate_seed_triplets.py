"""Tabulate how accurately networks that differ only by their seed are told apart."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.seed_triplets import tabulate_seed_triplets

job = start(snakemake)
tabulate_seed_triplets(
    job.input.classifiers,
    prnu=job.input.prnu,
    networks=job.input.networks,
    csv=job.output.csv,
    tex=job.output.tex,
)
