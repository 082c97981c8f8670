"""Tabulate the quality of every network's images."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.quality import tabulate_quality

job = start(snakemake)
tabulate_quality(
    job.input.quality,
    networks=job.input.networks,
    paper=job.input.paper,
    csv=job.output.csv,
    tex=job.output.tex,
)
