"""Draw what images of each group of sources are called."""

from sr_fingerprints.figures.attribution_confusion import plot_attribution_confusion
from sr_fingerprints.runtime.job import start

job = start(snakemake)
plot_attribution_confusion(
    job.input.answers,
    sources=job.input.sources,
    groups=job.input.groups,
    pdf=job.output.pdf,
    png=job.output.png,
)
