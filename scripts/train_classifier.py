"""Train one classifier."""

from sr_fingerprints.classifiers.settings import ClassifierSettings
from sr_fingerprints.classifiers.training import train_classifier
from sr_fingerprints.runtime.job import start

job = start(snakemake)
train_classifier(
    job.input.images,
    labels=job.params.labels,
    output=job.output.classifier,
    curve=job.output.curve,
    checkpoint=job.params.checkpoint,
    settings=ClassifierSettings(**job.params.settings),
    seed=int(job.wildcards.seed),
    initial=job.input.initial or None,
    shuffle_labels=job.params.shuffle_labels,
    training_photos=job.params.training_photos,
    device=job.device,
)
