"""Write the report: a folder of static pages with the findings, every table, figure and network."""

from pathlib import Path

from sr_fingerprints.report.items import items_of
from sr_fingerprints.report.ran import study_of
from sr_fingerprints.report.site.pages import write_site
from sr_fingerprints.report.site.sources import Sources
from sr_fingerprints.runtime.job import start

job = start(snakemake)
write_site(
    Sources(
        items=items_of(job.input.shown, job.input.captions, job.params.in_the_paper, job.params.rules),
        findings=Path(job.input.findings),
        templates=Path(job.input.templates[0]).parent,
        predictions=[Path(file) for file in job.input.predictions],
        photos=Path(job.input.photos),
        networks=Path(job.input.networks),
        patches=Path(job.input.patches),
        measured=next(map(Path, job.input.measured), None),
        confusion=next(map(Path, job.input.confusion), None),
        pairs=next(map(Path, job.input.pairs), None),
        counts=job.params.counts,
        stands_for=job.params.stands_for,
        study=study_of(job.params),
    ),
    output=Path(job.output.report),
)
