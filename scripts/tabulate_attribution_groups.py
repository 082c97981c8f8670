"""Tabulate networks that cannot be told apart, with the evidence."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.attribution_groups import tabulate_attribution_groups

job = start(snakemake)
tabulate_attribution_groups(
    job.input.answers,
    pairs=job.input.pairs,
    sources=job.input.sources,
    csv=job.output.csv,
    tex=job.output.tex,
)
