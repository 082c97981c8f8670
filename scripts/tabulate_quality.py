"""Tabulate the image quality of every network."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.quality import tabulate_quality

job = start(snakemake)
tabulate_quality(
    job.input.quality,
    networks=job.input.networks,
    paper=job.input.paper,
    csv=job.output.csv,
    tex=job.output.tex,
    several_inputs=job.params.several_inputs,
)
