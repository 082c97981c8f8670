"""Measure spectra, residuals and upsampling grids of the images of all networks."""

from sr_fingerprints.fingerprints.measurements import Measurement, measure
from sr_fingerprints.runtime.job import start

job = start(snakemake)
measure(
    job.input.images,
    networks=job.params.networks,
    output=job.output.measured,
    measurement=Measurement(**job.params.measurement),
    seed=job.params.seed,
)
