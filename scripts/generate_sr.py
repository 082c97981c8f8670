"""Super-resolve every photo with one network."""

from sr_fingerprints.generation import super_resolve
from sr_fingerprints.job import start
from sr_fingerprints.networks import load_network

job = start(snakemake)
device = job.device if job.params.row["framework"] == "torch" else "cpu"
super_resolve(
    load_network(job.params.row, job.input.network, device, job.threads),
    job.params.row,
    low_resolution=job.input.photos,
    output=job.output.images,
    batch_size=job.params.batch_size,
    device=device,
)
