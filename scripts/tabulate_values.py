"""Tabulate the paper's numbers beside those of this study."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.values import tabulate_values

job = start(snakemake)
tabulate_values(
    job.input.paper,
    tables=dict(zip(job.params.tables, job.input.tables, strict=True)),
    stands_for=job.params.stands_for,
    study=job.params.study,
    csv=job.output.csv,
    tex=job.output.tex,
    macros=job.output.macros,
)
