"""Tabulate how well probabilities are calibrated."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.experiments import group_by_experiment
from sr_fingerprints.tables.calibration import tabulate_calibration

job = start(snakemake)
tabulate_calibration(
    group_by_experiment(job.params.names, job.input.test),
    validation=group_by_experiment(job.params.names, job.input.validation),
    calibrations=group_by_experiment(job.params.names, job.input.calibrations),
    networks=job.input.networks,
    bins=job.params.bins,
    seed=job.params.seed,
    csv=job.output.csv,
    tex=job.output.tex,
)
