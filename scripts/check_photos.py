"""Check that no photo of the study is one that networks are trained on."""

from sr_fingerprints.copies import Collection, check_photos
from sr_fingerprints.job import start

job = start(snakemake)
photos, *datasets = map(
    Collection,
    ["photos", *job.params.names],
    [job.input.photos, *job.input.datasets],
    job.params.folders,
)
check_photos(photos, datasets, output=job.output.csv)
