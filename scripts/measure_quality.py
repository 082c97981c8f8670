"""Compare the images of the networks of one origin, and bicubic ones, with the photos."""

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
