"""Draw the image quality of every network, with bicubic interpolation as the baseline."""

from sr_fingerprints.figures.quality import plot_quality
from sr_fingerprints.runtime.job import start

job = start(snakemake)
plot_quality(job.input.table, pdf=job.output.pdf, png=job.output.png, published_are=job.params.published_are)
