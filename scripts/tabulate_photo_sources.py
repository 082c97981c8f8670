"""Tabulate accuracies by the source of training and test photos."""

from pathlib import Path

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.photo_sources import tabulate_photo_sources

job = start(snakemake)
tabulate_photo_sources(job.input.chosen, Path(job.input.predictions), csv=job.output.csv, tex=job.output.tex)
