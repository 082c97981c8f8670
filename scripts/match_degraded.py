"""Match PRNU of degraded test images with the networks' fingerprints."""

from sr_fingerprints.degradations.matching import PrnuExperiment, match_degraded
from sr_fingerprints.runtime.job import start

job = start(snakemake)
residuals = dict(zip(job.params.files, job.input.residuals, strict=True))
match_degraded(
    {
        name: PrnuExperiment(match, {network: residuals[f"{folder}/{network}"] for network in networks})
        for name, (match, folder, networks) in job.params.experiments.items()
    },
    images=dict(zip(job.params.images, job.input.images, strict=True)),
    degradations=job.params.degradations,
    output=job.output.answers,
    most=job.params.most,
    seed=job.params.seed,
)
