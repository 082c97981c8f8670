"""Extract one network's fingerprint and test residuals."""

from sr_fingerprints.job import start
from sr_fingerprints.prnu.residuals import extract_residuals

job = start(snakemake)
extract_residuals(
    job.input.images,
    job.output.residuals,
    denoiser=job.params.denoiser,
    crop=job.params.crop,
    sigma=job.params.sigma,
)
