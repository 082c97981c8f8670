"""Tabulate what networks of one's own reach in a bundle, and what they cost the others."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.attribution_own import tabulate_attribution_own

job = start(snakemake)
tabulate_attribution_own(
    job.input.answers,
    sources=job.input.sources,
    groups=job.input.groups,
    added=job.params.added,
    csv=job.output.csv,
    tex=job.output.tex,
)
