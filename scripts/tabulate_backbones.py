"""Tabulate the accuracy of attribution to all networks, by backbone."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.experiments import group_by_experiment
from sr_fingerprints.tables.backbones import tabulate_backbones

job = start(snakemake)
tabulate_backbones(
    group_by_experiment(job.params.names, job.input.classifiers),
    networks=job.input.networks,
    csv=job.output.csv,
    tex=job.output.tex,
)
