"""Draw how right answers are against how often one is given."""

from sr_fingerprints.figures.attribution_coverage import plot_attribution_coverage
from sr_fingerprints.runtime.job import start

job = start(snakemake)
plot_attribution_coverage(job.input.answers, pdf=job.output.pdf, png=job.output.png)
