"""Tabulate the size and content of the collections of images."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.datasets import tabulate_datasets

job = start(snakemake)
tabulate_datasets(
    job.input.photos,
    datasets=dict(zip(job.params.names, job.input.datasets, strict=True)),
    stands_for=job.params.stands_for,
    paper=job.input.paper,
    csv=job.output.csv,
    tex=job.output.tex,
    threads=job.threads,
)
