"""Apply classifiers to images of known networks, and of networks that they never saw."""

from sr_fingerprints.classifiers.application import apply_classifier
from sr_fingerprints.runtime.job import start

job = start(snakemake)
images = dict(zip(job.params.networks, job.input.images, strict=True))
for classifier, networks, split, most, output in zip(
    job.input.classifiers, job.params.shown, job.params.splits, job.params.most, job.output.predictions, strict=True
):
    apply_classifier(
        classifier,
        images=[images[network] for network in networks],
        networks=networks,
        labels=networks,
        split=split,
        output=output,
        device=job.device,
        most=most,
    )
