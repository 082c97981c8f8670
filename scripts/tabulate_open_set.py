"""Tabulate how well images of unknown networks are recognised as such."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.open_set import tabulate_open_set

job = start(snakemake)
tabulate_open_set(job.input.scores, classes=job.params.classes, csv=job.output.csv, tex=job.output.tex)
