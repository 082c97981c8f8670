"""Prepare the study's photos."""

from sr_fingerprints.photos.preparation import Preparation, prepare_photos
from sr_fingerprints.runtime.job import start

job = start(snakemake)
prepare_photos(
    dict(zip(job.params.names, job.input.files, strict=True)),
    output=job.output.photos,
    preparation=Preparation(**job.params.preparation),
    shares=job.params.shares,
    seed=job.params.seed,
    skip_unreadable=job.params.skip_unreadable,
)
