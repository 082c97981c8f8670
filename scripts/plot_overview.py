"""Draw the graph of rules, as Snakemake prints it."""

import subprocess
import sys
import tempfile

import yaml

from sr_fingerprints.figures.overview import plot_overview
from sr_fingerprints.job import start

job = start(snakemake)
with tempfile.NamedTemporaryFile("w", suffix=".yaml") as settings:
    yaml.safe_dump(job.params.config, settings)
    settings.flush()
    command = [sys.executable, "-m", "snakemake", "--snakefile", job.params.snakefile, "--forceall", "--nolock"]
    printed = subprocess.run(
        [*command, "--configfile", settings.name, "--rulegraph"], check=True, capture_output=True, text=True
    )
plot_overview(printed.stdout, pdf=job.output.pdf, png=job.output.png)
