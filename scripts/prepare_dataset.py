"""Prepare one data set that super-resolution networks are trained on."""

from sr_fingerprints.job import start
from sr_fingerprints.photographs import Preparation, prepare_photos

job = start(snakemake)
prepare_photos(
    dict(zip(job.params.names, job.input.files, strict=True)),
    output=job.output.photos,
    preparation=Preparation(**job.params.preparation),
    shares={"train": 1, "validation": 0, "test": 0},
    seed=job.params.seed,
)
