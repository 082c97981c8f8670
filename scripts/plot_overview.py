"""Draw an overview of the study."""

from sr_fingerprints.figures.overview import plot_overview
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.experiments import experiment_table
from sr_fingerprints.study.network_table import read_network_table

job = start(snakemake)
plot_overview(
    job.input.photos,
    low_resolution=job.input.low_resolution,
    super_resolved=job.input.images,
    networks=read_network_table(job.input.networks),
    experiments=experiment_table(job.params.experiments),
    pdf=job.output.pdf,
    png=job.output.png,
    side=job.params.side,
    photo=job.params.photo,
    published_are=job.params.published_are,
)
