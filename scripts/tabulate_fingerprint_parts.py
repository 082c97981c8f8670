"""Tabulate accuracy by parts of the fingerprint."""

from pathlib import Path

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.fingerprint_parts import tabulate_fingerprint_parts

job = start(snakemake)
tabulate_fingerprint_parts(
    {Path(file).stem: file for file in [*job.input.linear, *job.input.changed]},
    classifier=job.input.classifier[0],
    networks=job.input.networks,
    csv=job.output.csv,
    tex=job.output.tex,
)
