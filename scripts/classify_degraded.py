"""Apply classifiers to degraded test images."""

from sr_fingerprints.degradations.classification import classify_degraded
from sr_fingerprints.runtime.job import start

job = start(snakemake)
classify_degraded(
    classifiers=dict(zip(job.params.networks, job.input.classifiers, strict=True)),
    networks=job.params.networks,
    images=dict(zip(job.params.images, job.input.images, strict=True)),
    degradations=job.params.degradations,
    backbones=job.input.backbones,
    output=job.output.answers,
    most=job.params.most,
    seed=job.params.seed,
    device=job.device,
)
