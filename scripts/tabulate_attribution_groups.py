"""Tabulate groups of networks that are mistaken for each other, with the evidence."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.attribution_groups import tabulate_attribution_groups

job = start(snakemake)
tabulate_attribution_groups(
    job.input.answers,
    pairs=job.input.pairs,
    groups=job.input.groups,
    csv=job.output.csv,
    tex=job.output.tex,
)
