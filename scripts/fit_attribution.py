"""Write a bundle: a classifier with a model of its evidence, or another bundle with further networks."""

from sr_fingerprints.attribution.study import fit_attribution
from sr_fingerprints.runtime.job import start

job = start(snakemake)
fit_attribution(
    job.input.recogniser,
    observations=job.input.observations,
    rows=job.params.rows,
    conditions=job.params.conditions,
    settings=job.params.settings,
    about=job.params.about,
    output=job.output.bundle,
    residuals=job.input.residuals or None,
)
