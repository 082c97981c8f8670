"""Fetch the photographs of one row of the table of photographs."""

from pathlib import Path

from sr_fingerprints.photos.fetching.fetching import fetch_photographs
from sr_fingerprints.photos.fetching.photographs import Photographs
from sr_fingerprints.runtime.job import start

job = start(snakemake)
fetch_photographs(
    Photographs(**job.params.photographs),
    folder=Path(job.output.photographs),
    downloads=Path(job.params.downloads),
    resources=Path(job.params.resources),
)
