"""Measure the quality of the images of all networks of one origin, and of bicubic interpolation."""

from sr_fingerprints.images.quality import measure_quality
from sr_fingerprints.runtime.job import start

job = start(snakemake)
measure_quality(
    job.input.photos,
    low_resolution=job.input.low_resolution,
    super_resolved=job.input.images,
    split=job.params.split,
    output=job.output.quality,
    device=job.device,
    **job.params.settings,
)
