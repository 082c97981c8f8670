"""Write the report: one HTML file with the findings, every table and every figure."""

from pathlib import Path

from sr_fingerprints.report.page import Item, write_report

from sr_fingerprints.runtime.job import start

job = start(snakemake)
write_report(
    [
        Item(Path(file), Path(caption), in_the_paper, rule)
        for file, caption, in_the_paper, rule in zip(
            job.input.shown, job.input.captions, job.params.in_the_paper, job.params.rules, strict=True
        )
    ],
    findings=Path(job.input.findings),
    template=Path(job.input.template),
    predictions=map(Path, job.input.predictions),
    study=job.params.study,
    version=job.params.version,
    output=Path(job.output.report),
)
