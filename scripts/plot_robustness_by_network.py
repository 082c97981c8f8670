"""Draw accuracy after each degradation by scale and kind of loss."""

from sr_fingerprints.figures.robustness_by_network import plot_robustness_by_network
from sr_fingerprints.runtime.job import start

job = start(snakemake)
plot_robustness_by_network(job.input.table, pdf=job.output.pdf, png=job.output.png)
