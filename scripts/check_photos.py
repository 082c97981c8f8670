"""Compare the study's photos with the data sets that networks are trained on."""

from sr_fingerprints.photos.copies import Collection, tabulate_copies
from sr_fingerprints.runtime.job import start

job = start(snakemake)
photos, *datasets = map(
    Collection,
    ["photos", *job.params.names],
    [job.input.photos, *job.input.datasets],
    job.params.folders,
)
tabulate_copies(photos, datasets, output=job.output.csv)
