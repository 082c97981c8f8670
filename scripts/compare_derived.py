"""Compare the images of derived networks with those of their parents, and with the photos."""

from sr_fingerprints.derived.comparison import compare_with_parents
from sr_fingerprints.runtime.job import start

job = start(snakemake)
compare_with_parents(
    job.params.parents,
    images=dict(zip(job.params.names, job.input.images, strict=True)),
    photos=job.input.photos,
    output=job.output.csv,
)
