"""Train and test classifiers on the images of every pipeline."""

from pathlib import Path

from sr_fingerprints.pipelines.cross_training import train_on_pipelines
from sr_fingerprints.runtime.job import start

job = start(snakemake)
train_on_pipelines(
    Path(job.input.images),
    Path(job.input.applied),
    networks=job.params.networks,
    of_study=dict(zip(job.params.names, job.input.classifiers, strict=True)),
    classifiers=Path(job.output.classifiers),
    predictions=Path(job.output.predictions),
    checkpoints=Path(job.params.checkpoints),
    settings=job.params.settings,
    seeds=job.params.seeds,
    device=job.device,
)
