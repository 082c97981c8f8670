"""Draw how evidence grows with crops, images and training photos."""

from sr_fingerprints.figures.evidence_growth import plot_evidence_growth
from sr_fingerprints.runtime.job import start

job = start(snakemake)
plot_evidence_growth(job.input.table, pdf=job.output.pdf, png=job.output.png)
