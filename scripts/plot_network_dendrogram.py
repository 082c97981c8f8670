"""Draw the dendrogram of networks by the distance of their mean features."""

from sr_fingerprints.figures.network_dendrogram import plot_network_dendrogram
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.network_table import read_network_table

job = start(snakemake)
plot_network_dendrogram(
    job.input.predictions,
    networks=read_network_table(job.input.networks),
    pdf=job.output.pdf,
    png=job.output.png,
)
