"""Collect the evidence of the images of a study, as they are and degraded, by one classifier."""

from sr_fingerprints.attribution.collection import observe_images
from sr_fingerprints.runtime.job import start

job = start(snakemake)
observe_images(
    job.input.recogniser,
    images=dict(zip(job.params.sources, job.input.images, strict=True)),
    conditions=job.params.conditions,
    numbers=job.params.numbers,
    side=job.params.side,
    most=job.params.most,
    seed=job.params.seed,
    output=job.output.observations,
    device=job.device,
)
