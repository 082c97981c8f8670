"""Super-resolve every photo with one network."""

from sr_fingerprints.images.generation import super_resolve
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import load_network
from sr_fingerprints.runtime.job import start

job = start(snakemake)
device = "cpu" if job.params.row["framework"] == "ncnn" else job.device
budget = ComputeBudget(device, job.threads, job.params.settings["memory"], job.params.settings["precision"])
super_resolve(
    load_network(job.params.row, job.input.network, budget),
    job.params.row,
    low_resolution=job.input.photos,
    output=job.output.images,
    batch_size=job.params.settings["batch_size"],
    device=device,
    seed=job.params.seed,
    weights=job.input.network,
)
