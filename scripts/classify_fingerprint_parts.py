"""Attribute test images by linear classifiers of parts of the fingerprint."""

from sr_fingerprints.fingerprints.linear import classify_parts
from sr_fingerprints.runtime.job import start

job = start(snakemake)
classify_parts(
    job.input.measured,
    networks=job.params.networks,
    outputs=dict(job.output.items()),
    seed=job.params.seed,
)
