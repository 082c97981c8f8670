"""Tabulate how often scale, loss and family are read rightly from an image."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.attribution_parsers import tabulate_attribution_parsers

job = start(snakemake)
tabulate_attribution_parsers(
    job.input.answers,
    csv=job.output.csv,
    tex=job.output.tex,
)
