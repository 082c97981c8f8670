"""Process the photos as somebody might who enlarges none of them."""

from sr_fingerprints.photos.processed import process_photos
from sr_fingerprints.runtime.job import start

job = start(snakemake)
process_photos(
    job.input.photos,
    output=job.output.images,
    name=job.wildcards.network,
    chain=job.params.chain,
    least_side=job.params.least_side,
    seed=job.params.seed,
)
