"""Super-resolve validation and test photos with every derived network."""

from sr_fingerprints.derived.generation import super_resolve_with_derived
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.derived import files_by_network
from sr_fingerprints.study.network_row import NetworkRow

job = start(snakemake)
super_resolve_with_derived(
    [NetworkRow(**row) for row in job.params.rows],
    own=job.input.derived,
    parents=files_by_network(job.params.names, job.input.networks),
    photos=dict(zip(job.params.scales, job.input.photos, strict=True)),
    outputs=job.output.images,
    settings=job.params.settings,
    device=job.device,
    threads=job.threads,
    seed=job.params.seed,
)
