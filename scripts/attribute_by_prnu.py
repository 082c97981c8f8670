"""Attribute test photos to the nearest fingerprint."""

from sr_fingerprints.prnu.matching import attribute_by_prnu
from sr_fingerprints.runtime.job import start

job = start(snakemake)
attribute_by_prnu(
    job.input.residuals,
    match=job.params.match,
    output=job.output.predictions,
    arithmetic=job.params.settings["arithmetic"],
    training_photos=job.params.settings["training_photos"],
    shift=job.params.settings["shift"],
)
