"""Enlarge the reduced photos bicubically."""

from sr_fingerprints.job import start
from sr_fingerprints.low_resolution import upscale_photos

job = start(snakemake)
upscale_photos(job.input.low_resolution, job.output.images, network=job.wildcards.network)
