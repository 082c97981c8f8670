"""Tabulate how often an answer about a single image is given, and how often it is right."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.attribution import tabulate_attribution

job = start(snakemake)
tabulate_attribution(
    job.input.answers,
    csv=job.output.csv,
    tex=job.output.tex,
)
