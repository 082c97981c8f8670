"""Have Snakemake put every table and figure into one HTML file."""

from sr_fingerprints.files import written_beside
from sr_fingerprints.job import start

job = start(snakemake)
with written_beside(job.output.report) as temporary:
    job.ask_snakemake(*job.input.tables, *job.input.figures, "--report", temporary)
