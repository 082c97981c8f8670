"""Reduce a collection of photos by one scale."""

from sr_fingerprints.copies import refuse_leakage
from sr_fingerprints.job import start
from sr_fingerprints.low_resolution import downscale_photos

job = start(snakemake)
refuse_leakage(job.input.copies)
downscale_photos(job.input.photos, scale=int(job.wildcards.scale), output=job.output.low_resolution)
