"""Plot the table of pipelines."""

from sr_fingerprints.figures.pipelines import plot_pipelines
from sr_fingerprints.runtime.job import start

job = start(snakemake)
plot_pipelines(job.input.table, job.output.pdf, job.output.png)
