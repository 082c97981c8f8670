"""Locate the workflow and complete its configuration, as the main workflow or as a module of another. No rules."""

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

from sr_fingerprints.study.paths import expand_home, written_folders

search_first(ROOT / "scripts")  # the library beside these rules, for jobs too, where another version is installed

# A module with `config:` does not read its configfile, so the defaults of config.yaml are filled in here.
if workflow.modifier.skip_configfile:
    given, config = config, yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    update_config(config, given)
expand_home(config)


pathvars:
    **written_folders(config),


# An importing workflow may override them; Snakemake takes ~ literally. Kept for params, where it does not expand <results>.
for key in written_folders(config):
    config["pathvars"][key] = workflow.pathvars.items[key] = os.path.expanduser(workflow.pathvars.get(key))

# Snakemake puts a module's prefix before relative paths: there, they stay whole.
MOVABLE = Path.cwd() if workflow.modifier.parent_modifier is None else None


def as_input(file):
    """A file as an input: relative if it lies in the working folder, which may be moved with all that is in it."""
    file = Path(file)
    return str(file.relative_to(MOVABLE) if MOVABLE and file.is_relative_to(MOVABLE) else file)


def of_workflow(file):
    """A file of the workflow, as an input."""
    return as_input(ROOT / file)
