"""Draw the graph of rules, as Snakemake prints it."""

from sr_fingerprints.figures.overview import plot_overview
from sr_fingerprints.runtime.job import start

job = start(snakemake)
plot_overview(job.ask_snakemake("--rulegraph", "--forceall"), pdf=job.output.pdf, png=job.output.png)
