"""Draw the classifier's features of the custom networks, by scale and loss."""

from sr_fingerprints.figures.tsne import plot_tsne_custom
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.network_table import read_network_table

job = start(snakemake)
plot_tsne_custom(
    *job.input.predictions,
    networks=read_network_table(job.input.networks),
    pdf=job.output.pdf,
    png=job.output.png,
    random_state=job.params.seed,
)
