"""Super-resolve some photos with some networks by every pipeline, and compare the images."""

from itertools import islice

from sr_fingerprints.pipelines.application import Weights, apply_pipelines
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.pipelines import Pipeline

job = start(snakemake)
rows = [NetworkRow(**row) for row in job.params.rows]
files, photos = iter(job.input.weights), dict(zip(job.params.scales, job.input.photos, strict=True))
apply_pipelines(
    [Pipeline(**path) for path in job.params.paths],
    [
        Weights(row, list(islice(files, count)), photos[row.scale])
        for row, count in zip(rows, job.params.weights, strict=True)
    ],
    images=job.params.images,
    settings=job.params.settings,
    folder=job.output.images,
    applied=job.output.applied,
    differences=job.output.differences,
    device=job.device,
    threads=job.threads,
    seed=job.params.seed,
)
