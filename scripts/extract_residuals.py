"""Extract the PRNU fingerprints and test residuals of one network."""

from sr_fingerprints.prnu.residuals import Extraction, extract_residuals
from sr_fingerprints.runtime.job import start

job = start(snakemake)
extract_residuals(
    job.input.images,
    job.output.residuals,
    Extraction(**job.params.extraction),
    seed=job.params.seed,
)
