"""Publish the study's results: a folder with a page in Markdown, tables, figures and the configuration."""

from pathlib import Path

from sr_fingerprints.report.items import Item
from sr_fingerprints.report.publication import publish
from sr_fingerprints.report.ran import Study
from sr_fingerprints.runtime.job import start

job = start(snakemake)
publish(
    [
        Item(Path(file), Path(caption), in_the_paper, rule)
        for file, caption, in_the_paper, rule in zip(
            job.input.shown, job.input.captions, job.params.in_the_paper, job.params.rules, strict=True
        )
    ],
    Study(
        name=job.params.study,
        configuration=job.params.configuration,
        configuration_files=[Path(file) for file in job.params.configuration_files],
        root=Path(job.params.root),
        version=job.params.version,
        commit=job.params.commit,
        benchmarks=Path(job.params.folders["benchmarks"]),
        benchmark_patterns=job.params.benchmarks,
        logs=Path(job.params.folders["logs"]),
        log_patterns=job.params.logs,
    ),
    findings=Path(job.input.findings),
    photos=Path(job.input.photos),
    predictions=map(Path, job.input.predictions),
    output=Path(job.params.output),
)
