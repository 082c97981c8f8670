"""Archive the study's results: a zipped RO-Crate of what it found, how, and by which workflow."""

from pathlib import Path

from sr_fingerprints.report.archive.crate import archive
from sr_fingerprints.report.archive.sources import Rule, Sources
from sr_fingerprints.report.items import items_of
from sr_fingerprints.report.ran import study_of
from sr_fingerprints.runtime.job import start

job = start(snakemake)
archive(
    Sources(
        study=study_of(job.params),
        results=Path(job.params.results),
        items=items_of(job.input.shown, job.input.captions, job.params.in_the_paper, job.params.rules),
        more=list(map(Path, job.input.more)),
        report=Path(job.input.report),
        photos=Path(job.input.photos),
        patches=Path(job.input.patches),
        predictions=list(map(Path, job.input.predictions)),
        rules=[Rule(**row) for row in job.params.described_rules],
        networks=job.params.networks,
        photo_sets=job.params.photo_sets,
        snakemake=job.params.snakemake,
    ),
    output=Path(job.output.crate),
)
