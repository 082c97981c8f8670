"""Train one custom network."""

from sr_fingerprints.networks.training.train import train_network
from sr_fingerprints.networks.training.trainer import TrainingSettings
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.network_row import NetworkRow

job = start(snakemake)
train_network(
    NetworkRow(**job.params.row),
    architecture_settings=job.params.architecture,
    settings=TrainingSettings(**job.params.training),
    high_resolution=job.input.high_resolution,
    low_resolution=job.input.low_resolution,
    output=job.output.network,
    curve=job.output.curve,
    checkpoint=job.params.checkpoint,
    device=job.device,
    initial=job.input.initial or None,
    snapshots=dict(zip(job.output.get("snapshots", []), job.params.snapshots, strict=True)),
)
