"""Draw the quality of every network's images, beside bicubic interpolation."""

from sr_fingerprints.figures.quality import plot_quality
from sr_fingerprints.runtime.job import start

job = start(snakemake)
plot_quality(job.input.table, pdf=job.output.pdf, png=job.output.png)
