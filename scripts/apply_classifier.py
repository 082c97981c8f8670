"""Apply one classifier to the test images of many networks."""

from sr_fingerprints.classifiers.application import apply_classifier
from sr_fingerprints.runtime.job import start

job = start(snakemake)
apply_classifier(
    job.input.classifier,
    images=job.input.images,
    networks=job.params.networks,
    labels=job.params.labels,
    split=job.params.split,
    output=job.output.predictions,
    device=job.device,
)
