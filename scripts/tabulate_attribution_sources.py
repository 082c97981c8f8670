"""Tabulate how often the images of each source are recognised, by condition."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.attribution_sources import tabulate_attribution_sources

job = start(snakemake)
tabulate_attribution_sources(
    job.input.answers,
    sources=job.input.sources,
    groups=job.input.groups,
    csv=job.output.csv,
    tex=job.output.tex,
)
