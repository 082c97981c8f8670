"""Derive networks from those of the study: with further training, and without any."""

from sr_fingerprints.derived.derivation import derive, train_further
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.derived import files_by_network
from sr_fingerprints.study.network_row import NetworkRow

job = start(snakemake)
files = files_by_network(job.params.names, job.input.networks)
outputs = {row["network"]: file for row, file in zip(job.params.rows, job.output.networks, strict=True)}
derive(
    [NetworkRow(**row) for row in job.params.rows],
    files,
    photos=dict(zip(job.params.scales, job.input.photos, strict=True)),
    outputs=outputs,
)
train_further(
    job.params.trainings,
    files,
    datasets=dict(zip(job.params.datasets, job.input.datasets, strict=True)),
    outputs=outputs,
    curves=job.output.curves,
    checkpoint=job.params.checkpoint,
    device=job.device,
)
