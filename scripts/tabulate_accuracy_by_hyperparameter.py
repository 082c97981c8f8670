"""Tabulate the accuracy of attribution by hyperparameter."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.accuracy_by_hyperparameter import tabulate_accuracy_by_hyperparameter

job = start(snakemake)
tabulate_accuracy_by_hyperparameter(
    job.input.classifiers,
    prnu=job.input.prnu,
    networks=job.input.networks,
    csv=job.output.csv,
    tex=job.output.tex,
)
