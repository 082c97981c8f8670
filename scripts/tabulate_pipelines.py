"""Tabulate whether networks or pipelines are recognised."""

from pathlib import Path

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.pipelines import tabulate_pipelines

job = start(snakemake)
tabulate_pipelines(
    job.input.applied, job.input.differences, Path(job.input.predictions), csv=job.output.csv, tex=job.output.tex
)
