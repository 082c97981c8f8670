"""Train and test classifiers on photos of every source."""

from pathlib import Path

from sr_fingerprints.pipelines.photo_sources import train_on_photo_sources
from sr_fingerprints.runtime.job import start

job = start(snakemake)
train_on_photo_sources(
    job.input.images,
    networks=job.params.networks,
    groups=job.params.groups,
    most=job.params.most,
    classifiers=Path(job.output.classifiers),
    predictions=Path(job.output.predictions),
    chosen=Path(job.output.chosen),
    checkpoints=Path(job.params.checkpoints),
    settings=job.params.settings,
    seeds=job.params.seeds,
    device=job.device,
)
