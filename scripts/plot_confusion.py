"""Draw and tabulate the confusion matrix of attribution."""

from sr_fingerprints.figures.confusion import plot_confusion
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.network_table import read_network_table

job = start(snakemake)
plot_confusion(
    job.input.predictions,
    networks=read_network_table(job.input.networks),
    pdf=job.output.pdf,
    png=job.output.png,
    csv=job.output.csv,
)
