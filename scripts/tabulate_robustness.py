"""Tabulate the accuracy of attribution after each degradation."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.robustness import tabulate_robustness

job = start(snakemake)
tabulate_robustness(
    job.input.answers,
    networks=job.input.networks,
    experiments=job.params.experiments,
    degradations=job.params.degradations,
    csv=job.output.csv,
    tex=job.output.tex,
)
