"""Launder and forge images, and measure what classifiers and PRNU say of them."""

from itertools import islice

from sr_fingerprints.attacks.trials import Trials, try_attacks
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.network_row import NetworkRow

job = start(snakemake)
networks, photos = [NetworkRow(**row) for row in job.params.networks], NetworkRow(**job.params.photos)
fingerprints = iter(job.input.fingerprints)
try_attacks(
    Trials(
        networks,
        photos=photos,
        files={
            **dict(zip((row.network for row in networks), job.input.images, strict=True)),
            photos.network: job.input.photos,
        },
        settings=job.params.settings,
        seed=job.params.seed,
    ),
    classifiers=dict(zip(job.params.classifiers, job.input.classifiers, strict=True)),
    prnu={name: (match, list(islice(fingerprints, number))) for name, (match, number) in job.params.prnu.items()},
    lpips_weights=job.params.lpips_weights,
    output=job.output.measurements,
    features=job.output.features,
    device=job.device,
)
