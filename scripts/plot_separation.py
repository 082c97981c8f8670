"""Draw and tabulate the separation of the published networks in the classifiers' features."""

from sr_fingerprints.figures.separation import plot_separation
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.network_table import read_network_table

job = start(snakemake)
plot_separation(
    job.input.published,
    custom=job.input.custom,
    networks=read_network_table(job.input.networks),
    pdf=job.output.pdf,
    png=job.output.png,
    csv=job.output.csv,
    published_are=job.params.published_are,
)
