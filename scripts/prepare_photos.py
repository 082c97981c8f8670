"""Prepare the study's photos."""

from sr_fingerprints.photos.preparation import Preparation, prepare_photos
from sr_fingerprints.photos.sources import source_files
from sr_fingerprints.runtime.job import start

job = start(snakemake)
prepare_photos(
    source_files(job.input.files, job.params.names),
    output=job.output.photos,
    preparation=Preparation(**job.params.preparation),
    shares=job.params.shares,
    seed=job.params.seed,
    skip_unreadable=job.params.skip_unreadable,
)
