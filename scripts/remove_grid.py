"""Apply a classifier to images without their upsampling grid, and to controls."""

from sr_fingerprints.fingerprints.removal import apply_without_grid
from sr_fingerprints.runtime.job import start

job = start(snakemake)
apply_without_grid(
    job.input.classifier[0],
    files=job.input.images,
    networks=job.params.networks,
    outputs=dict(job.output.items()),
    period=job.params.period,
    images=job.params.images,
    seed=job.params.seed,
    device=job.device,
)
