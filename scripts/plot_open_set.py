"""Draw how well images of unknown networks are recognised as such."""

from sr_fingerprints.figures.open_set import plot_open_set
from sr_fingerprints.runtime.job import start

job = start(snakemake)
plot_open_set(job.input.table, scores=job.input.scores, pdf=job.output.pdf, png=job.output.png)
