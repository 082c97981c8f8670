"""Where the workflow lies, and its whole configuration, be it run itself or a module of another workflow. No rules."""

import os
import sys
from pathlib import Path

import yaml
from snakemake.utils import update_config

here = workflow.current_basedir
if not isinstance(here, os.PathLike):
    sys.exit(f"snakefile: found {here}; allowed: a Snakefile on this machine, or workflow/Snakefile of a repository")
ROOT = Path(here).parent

sys.path.insert(0, str(ROOT / "scripts"))

from sr_fingerprints.runtime.search_path import search_first

search_first(ROOT / "scripts")  # the library beside these rules, for jobs too, where another version is installed

# A module that is given `config:` does not read its configfile: what is left out there is as in config.yaml.
if workflow.modifier.skip_configfile:
    given, config = config, yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    update_config(config, given)


pathvars:
    **config["pathvars"],


# As the workflow that uses this one says, if it does; for params, in which Snakemake leaves <results> as it is.
config["pathvars"] = {key: workflow.pathvars.get(key) for key in config["pathvars"]}
