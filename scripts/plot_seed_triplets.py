"""Draw how accurately networks that differ only by their seed are told apart, by the classifier and by PRNU."""

from sr_fingerprints.figures.seed_triplets import plot_seed_triplets
from sr_fingerprints.runtime.job import start

job = start(snakemake)
plot_seed_triplets(job.input.table, pdf=job.output.pdf, png=job.output.png)
