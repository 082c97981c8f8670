"""Write the table of networks."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table, write_network_table

job = start(snakemake)
write_network_table(network_table([NetworkRow(**row) for row in job.params.rows]), job.output.networks)
