"""Tabulate how evidence grows with crops, images and training photos."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.experiments import group_by_experiment
from sr_fingerprints.tables.evidence_growth import tabulate_evidence_growth

job = start(snakemake)
tabulate_evidence_growth(
    job.input.test[0],
    validation=job.input.validation[0],
    growth=job.input.crops[0],
    trained=group_by_experiment(job.params.trained, job.input.trained),
    networks=job.input.networks,
    numbers=job.params.images,
    seed=job.params.seed,
    csv=job.output.csv,
    tex=job.output.tex,
)
