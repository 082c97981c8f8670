"""Tabulate the published networks and the accuracy of attribution to each."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.published_networks import tabulate_published_networks

job = start(snakemake)
tabulate_published_networks(
    job.input.classifiers,
    prnu=job.input.prnu,
    networks=job.input.networks,
    csv=job.output.csv,
    tex=job.output.tex,
)
