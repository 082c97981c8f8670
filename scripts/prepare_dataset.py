"""Prepare one data set that super-resolution networks are trained on."""

from sr_fingerprints.photos.preparation import Preparation, prepare_photos
from sr_fingerprints.photos.sources import source_files
from sr_fingerprints.runtime.job import start

job = start(snakemake)
prepare_photos(
    source_files(job.input.files, job.params.names, job.params.fraction, job.params.seed),
    output=job.output.photos,
    preparation=Preparation(**job.params.preparation),
    shares={"train": 1, "validation": 0, "test": 0},
    seed=job.params.seed,
)
