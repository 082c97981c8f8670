"""Draw what attacks cost, how often they succeed, and whether a score of unknown networks notices."""

from sr_fingerprints.figures.attacks import plot_attacks
from sr_fingerprints.runtime.job import start

job = start(snakemake)
plot_attacks(
    job.input.table,
    job.input.measurements,
    recognisers=job.params.recognisers,
    pdf=job.output.pdf,
    png=job.output.png,
)
