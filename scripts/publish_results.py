"""Publish the study's results: a folder with a page in Markdown, tables, figures and the configuration."""

from pathlib import Path

from sr_fingerprints.report.items import items_of
from sr_fingerprints.report.publication import publish
from sr_fingerprints.report.ran import study_of
from sr_fingerprints.runtime.job import start

job = start(snakemake)
publish(
    items_of(job.input.shown, job.input.captions, job.params.in_the_paper, job.params.rules),
    study_of(job.params),
    findings=Path(job.input.findings),
    photos=Path(job.input.photos),
    predictions=map(Path, job.input.predictions),
    output=Path(job.params.output),
)
