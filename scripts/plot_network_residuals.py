"""Draw the mean residuals of every network."""

from sr_fingerprints.figures.network_residuals import plot_network_residuals
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.network_table import read_network_table

job = start(snakemake)
plot_network_residuals(
    job.input.measured,
    networks=read_network_table(job.input.networks),
    pdf=job.output.pdf,
    png=job.output.png,
    published_are=job.params.published_are,
)
