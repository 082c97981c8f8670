"""Write the low resolution of a collection of photos at one scale."""

from sr_fingerprints.photos.network_inputs import downscale_photos
from sr_fingerprints.runtime.job import start

job = start(snakemake)
downscale_photos(
    job.input.photos,
    scale=int(job.wildcards.scale),
    output=job.output.low_resolution,
    inputs=job.params.inputs,
    seed=job.params.seed,
)
