"""Super-resolve every photo with one network."""

from sr_fingerprints.images.generation import super_resolve
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import load_network
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.network_row import NetworkRow

job = start(snakemake)
row = NetworkRow(**job.params.row)
device = "cpu" if row.framework == "ncnn" else job.device
budget = ComputeBudget(device, job.threads, job.params.settings["memory"], job.params.settings["precision"])
super_resolve(
    load_network(row, job.input.network, budget),
    row,
    low_resolution=job.input.photos,
    output=job.output.images,
    batch_size=job.params.settings["batch_size"],
    device=device,
    seed=job.params.seed,
    weights=job.input.network,
)
