"""Downscale a collection of photos by one scale."""

from sr_fingerprints.photos.low_resolution import downscale_photos
from sr_fingerprints.runtime.job import start

job = start(snakemake)
downscale_photos(job.input.photos, scale=int(job.wildcards.scale), output=job.output.low_resolution)
