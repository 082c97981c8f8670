"""Plot the table of photo sources."""

from sr_fingerprints.figures.photo_sources import plot_photo_sources
from sr_fingerprints.runtime.job import start

job = start(snakemake)
plot_photo_sources(job.input.table, job.output.pdf, job.output.png)
