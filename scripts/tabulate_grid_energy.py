"""Tabulate the energy at the frequencies of the upsampling grid."""

from sr_fingerprints.runtime.job import start
from sr_fingerprints.tables.grid_energy import tabulate_grid_energy

job = start(snakemake)
tabulate_grid_energy(job.input.measured, networks=job.input.networks, csv=job.output.csv, tex=job.output.tex)
