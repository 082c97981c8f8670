"""Write what a bundle answers for images of test photos, and how like each other its networks are."""

from sr_fingerprints.attribution.study import answer_test_images
from sr_fingerprints.runtime.job import start

job = start(snakemake)
answer_test_images(
    job.input.bundle,
    tiles=job.params.tiles,
    answers=job.output.answers,
    pairs=job.output.pairs,
    described=job.output.sources,
    groups=job.output.groups,
    without={**job.params.without, "files": job.input.without} if job.params.without else None,
    before=job.input.before or None,
    own=job.input.own or None,
)
