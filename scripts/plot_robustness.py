"""Draw accuracy against the strength of each kind of degradation."""

from sr_fingerprints.figures.robustness import plot_robustness
from sr_fingerprints.runtime.job import start

job = start(snakemake)
plot_robustness(job.input.table, degradations=job.params.degradations, pdf=job.output.pdf, png=job.output.png)
