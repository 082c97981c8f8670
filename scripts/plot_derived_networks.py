"""Draw how many images of derived networks are attributed to the parent."""

from sr_fingerprints.figures.derived_networks import plot_derived_networks
from sr_fingerprints.runtime.job import start

job = start(snakemake)
plot_derived_networks(job.input.table, pdf=job.output.pdf, png=job.output.png)
