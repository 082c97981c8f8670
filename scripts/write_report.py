"""Have Snakemake put every table and figure into one HTML file."""

from sr_fingerprints.files.atomic import atomic_path
from sr_fingerprints.report.page import sanitize_report
from sr_fingerprints.runtime.job import start

job = start(snakemake)
with atomic_path(job.output.report) as temporary:
    job.ask_snakemake(*job.input.tables, *job.input.figures, "--report", temporary)
    temporary.write_text(sanitize_report(temporary.read_text(encoding="utf-8")), encoding="utf-8")
