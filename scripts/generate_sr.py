"""Super-resolve every photo with one network."""

from sr_fingerprints.generation import super_resolve
from sr_fingerprints.job import start
from sr_fingerprints.networks import load_network
from sr_fingerprints.networks.effort import Effort

job = start(snakemake)
device = "cpu" if job.params.row["framework"] == "ncnn" else job.device
effort = Effort(device, job.threads, job.params.settings["memory"], job.params.settings["precision"])
super_resolve(
    load_network(job.params.row, job.input.network, effort),
    job.params.row,
    low_resolution=job.input.photos,
    output=job.output.images,
    batch_size=job.params.settings["batch_size"],
    device=device,
    seed=job.params.seed,
    weights=job.input.network,
)
