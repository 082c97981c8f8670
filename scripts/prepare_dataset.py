"""Prepare one data set that super-resolution networks are trained on."""

from sr_fingerprints.photos.preparation import Preparation, prepare_photos
from sr_fingerprints.runtime.job import start

job = start(snakemake)
prepare_photos(
    dict(zip(job.params.names, job.input.files, strict=True)),
    output=job.output.photos,
    preparation=Preparation(**job.params.preparation),
    shares={"train": 1, "validation": 0, "test": 0},
    seed=job.params.seed,
)
