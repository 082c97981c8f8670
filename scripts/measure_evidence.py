"""Classify crops of several sizes, and several crops of an image together."""

from sr_fingerprints.evidence.growth import measure_growth
from sr_fingerprints.runtime.job import start

job = start(snakemake)
measure_growth(
    job.input.classifier,
    images=job.input.images,
    networks=job.params.networks,
    sides=job.params.sides,
    crop=job.params.crop,
    numbers=job.params.crops,
    images_per_photo=job.params.images_per_photo,
    seed=job.params.seed,
    output=job.output[0],
    device=job.device,
)
