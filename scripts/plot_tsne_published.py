"""Draw the published networks as seen by a classifier that never saw them, and by one that did."""

from sr_fingerprints.figures.tsne import plot_tsne_published
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.network_table import read_network_table

job = start(snakemake)
plot_tsne_published(
    job.input.custom,
    published=job.input.published,
    networks=read_network_table(job.input.networks),
    pdf=job.output.pdf,
    png=job.output.png,
    random_state=job.params.seed,
)
