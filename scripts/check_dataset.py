"""Check that no photo of the study is among those of a data set that networks are trained on."""

from sr_fingerprints.photos.copies import Collection, check_no_leakage
from sr_fingerprints.runtime.job import start

job = start(snakemake)
photos, dataset = map(
    Collection, ["photos", job.wildcards.dataset], [job.input.photos, job.input.dataset], job.params.folders
)
check_no_leakage(photos, dataset, output=job.output.csv)
