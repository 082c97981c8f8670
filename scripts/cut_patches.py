"""Cut a few patches out of every network's images, for the pages of the report."""

from sr_fingerprints.figures.network_patches import cut_patches
from sr_fingerprints.runtime.job import start

job = start(snakemake)
cut_patches(
    job.input.photos,
    low_resolution=job.input.low_resolution,
    super_resolved=job.input.images,
    output=job.output.patches,
    side=job.params.side,
    photo=job.params.photo,
)
