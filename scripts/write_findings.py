"""Write the findings that open the report, with the numbers of this study and of the paper."""

from pathlib import Path

from sr_fingerprints.report.findings import write_findings
from sr_fingerprints.runtime.job import start

job = start(snakemake)
write_findings(
    dict(zip(job.params.tables, job.input.tables, strict=True)),
    study=job.params.study,
    left_out=job.params.left_out,
    photos=Path(job.input.photos),
    introduction=Path(job.input.introduction),
    output=Path(job.output.findings),
)
