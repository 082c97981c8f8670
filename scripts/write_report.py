"""Have Snakemake put every table and figure into one HTML file."""

from sr_fingerprints.files import written_beside
from sr_fingerprints.job import start
from sr_fingerprints.report import made_safe

job = start(snakemake)
with written_beside(job.output.report) as temporary:
    job.ask_snakemake(*job.input.tables, *job.input.figures, "--report", temporary)
    temporary.write_text(made_safe(temporary.read_text(encoding="utf-8")), encoding="utf-8")
