"""Compare the study's photos with data sets for training, and with what figures and PRNU ask of them."""

from sr_fingerprints.photos.copies import Collection, tabulate_copies
from sr_fingerprints.photos.suitability import check_suitable
from sr_fingerprints.runtime.job import start

job = start(snakemake)
photos, *datasets = map(
    Collection,
    ["photos", *job.params.names],
    [job.input.photos, *job.input.datasets],
    job.params.folders,
)
check_suitable(
    job.input.photos,
    job.params.figure_photo,
    job.params.prnu,
    job.params.period,
    job.params.inputs,
    job.params.seed,
)
tabulate_copies(photos, datasets, output=job.output.csv)
