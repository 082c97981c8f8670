"""Count the pixels that differ between the images of twins."""

from sr_fingerprints.images.twins import compare_twins
from sr_fingerprints.runtime.job import start

job = start(snakemake)
compare_twins(job.params.rows, job.input.first, job.input.second, job.output.csv)
