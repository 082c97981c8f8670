"""Draw two classifiers' features of the published networks: trained on them, and never trained on them."""

from sr_fingerprints.figures.tsne import plot_tsne_published
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.network_table import read_network_table

job = start(snakemake)
plot_tsne_published(
    next(iter(job.input.custom), None),
    published=next(iter(job.input.published), None),
    networks=read_network_table(job.input.networks),
    pdf=job.output.pdf,
    png=job.output.png,
    random_state=job.params.seed,
    published_are=job.params.published_are,
)
