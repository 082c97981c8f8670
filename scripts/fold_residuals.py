"""Fold the residuals of the images of a study by the period of the networks' upsampling."""

from sr_fingerprints.attribution.folded_residuals import fold_residuals
from sr_fingerprints.runtime.job import start

job = start(snakemake)
fold_residuals(
    dict(zip(job.params.sources, job.input.images, strict=True)),
    period=job.params.period,
    conditions=job.params.conditions,
    numbers=job.params.numbers,
    seed=job.params.seed,
    output=job.output.residuals,
    bundle=job.input.bundle or None,
)
