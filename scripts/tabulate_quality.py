"""Tabulate the quality of every network's images."""

from sr_fingerprints.job import start
from sr_fingerprints.tables.quality import tabulate_quality

job = start(snakemake)
tabulate_quality(
    dict(zip(job.params.names, job.input.quality, strict=True)),
    networks=job.input.networks,
    csv=job.output.csv,
    tex=job.output.tex,
)
