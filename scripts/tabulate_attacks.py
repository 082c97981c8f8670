"""Tabulate how cheaply networks are hidden or blamed, and whether a score of unknown networks notices."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.attacks import Recogniser, tabulate_attacks

job = start(snakemake)
tabulate_attacks(
    job.input.measurements,
    job.input.features,
    recognisers={name: Recogniser(*described) for name, described in job.params.recognisers.items()},
    csv=job.output.csv,
    tex=job.output.tex,
)
