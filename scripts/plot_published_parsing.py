"""Draw and tabulate the parsers' predictions for the published networks."""

from sr_fingerprints.figures.published_parsing import plot_published_parsing
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.network_table import read_network_table

job = start(snakemake)
plot_published_parsing(
    {task: job.input[task] for task in job.params.tasks},
    networks=read_network_table(job.input.networks),
    pdf=job.output.pdf,
    png=job.output.png,
    csv=job.output.csv,
)
