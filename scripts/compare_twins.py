"""Count the pixels by which twins differ."""

from sr_fingerprints.job import start
from sr_fingerprints.twins import compare_twins

job = start(snakemake)
compare_twins(job.params.rows, job.input.first, job.input.second, job.output.csv)
