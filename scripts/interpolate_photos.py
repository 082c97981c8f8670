"""Upscale the low-resolution photos by interpolation."""

from sr_fingerprints.photos.interpolation import upscale_photos
from sr_fingerprints.runtime.job import start

job = start(snakemake)
upscale_photos(job.input.low_resolution, job.output.images, network=job.wildcards.network, kernel=job.params.kernel)
