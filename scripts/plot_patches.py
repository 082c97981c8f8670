"""Draw one patch of a test photo, super-resolved by many networks."""

from sr_fingerprints.figures.patches import plot_patches
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.network_table import read_network_table

job = start(snakemake)
plot_patches(
    job.input.photos,
    low_resolution=job.input.low_resolution,
    super_resolved=job.input.images,
    networks=read_network_table(job.input.networks),
    pdf=job.output.pdf,
    png=job.output.png,
    side=job.params.side,
    photo=job.params.photo,
    published_are=job.params.published_are,
)
