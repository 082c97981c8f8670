"""Tabulate the accuracy of PRNU by its settings."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.prnu import tabulate_prnu

job = start(snakemake)
tabulate_prnu(
    job.params.names,
    predictions=job.input.predictions,
    networks=job.input.networks,
    csv=job.output.csv,
    tex=job.output.tex,
)
