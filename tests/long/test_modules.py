"""The workflow as a module of another one, from another folder: as snakedeploy writes it, and in part, renamed."""

import os
import re
import shutil
import subprocess
import sys

import h5py
import pandas as pd
import pytest
import yaml
from smoke_study import ROOT, SMOKE, snakemake

STUDY = yaml.safe_load(SMOKE.read_text())

DEPLOYED = """
configfile: "config/config.yaml"

module sr_fingerprints:
    snakefile: {snakefile}
    config: config

use rule * from sr_fingerprints
"""
"""What snakedeploy writes, into ``workflow/Snakefile``."""


def deploy(folder, snakefile, config, text=DEPLOYED):
    """A folder with a workflow of its own, which uses ours from ``snakefile``, a term of Python, with ``config``."""
    (folder / "workflow").mkdir(parents=True)
    (folder / "config").mkdir()
    (folder / "workflow/Snakefile").write_text(text.format(snakefile=snakefile))
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config))
    return folder


def run(folder, *arguments, **options):
    """Run the workflow in a folder, as a user does there."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **options)


def counts(screen):
    """How many jobs of each rule a dry run plans."""
    return dict(re.findall(r"^(\w+) +(\d+)$", screen.split("Job stats:")[1].split("\n\n")[0], re.MULTILINE))


def test_the_whole_study_is_planned_and_what_is_made_is_as_made_by_itself(tmp_path):
    folder = deploy(tmp_path / "outer", repr(str(ROOT / "Snakefile")), STUDY)
    planned = run(folder, "-n")
    assert planned.returncode == 0, planned.stderr[-2000:]
    direct = snakemake(tmp_path, "-n")
    assert counts(planned.stdout) == counts(direct.stdout) and int(counts(direct.stdout)["total"]) > 70
    targets = ["results/smoke/photos.h5", "results/smoke/networks.csv"]
    made = run(folder, *targets)
    assert made.returncode == 0, made.stderr[-2000:]
    assert len(pd.read_csv(folder / targets[1])) == 24
    assert {path.name for path in folder.iterdir()} == {"workflow", "config", "results", "logs", ".snakemake"}
    assert "Nothing to be done" in snakemake(folder, *targets).stderr, "the same jobs, when it is run by itself"


PART = """
configfile: "config/config.yaml"

module sr_fingerprints:
    snakefile: {snakefile}
    config: config["fingerprints"]
    pathvars:
        results="made/fingerprints",
        logs="made/logs",

use rule * from sr_fingerprints as fingerprints_*

onstart:
    sr_fingerprints.onstart()

rule count_photos:
    default_target: True
    input:
        "made/fingerprints/photos.h5",
    output:
        "count.txt",
    run:
        import h5py
        with h5py.File(input[0]) as photos, open(output[0], "w") as count:
            print(len(photos["images"]), file=count)
"""


def test_a_part_of_it_feeds_rules_of_ones_own_under_other_names_in_other_folders(tmp_path):
    """A configuration that says what differs from the demo alone, beside what the other workflow has to configure."""
    config = {"mine": 1, "fingerprints": {"photos": {"bundled": ["coffee", "flower", "rocket"], "tile": 200}}}
    folder = deploy(tmp_path / "outer", repr(str(ROOT / "Snakefile")), config, PART)
    estimated = run(folder, "-n").stderr.partition("\nRule ")[2]
    assert re.search(r"^prepare_photos +1 ", estimated, re.MULTILINE), "jobs are counted under their own names"
    made = run(folder)
    assert made.returncode == 0, made.stderr[-2000:]
    with h5py.File(folder / "made/fingerprints/photos.h5") as photos:
        assert set(photos["source"].asstr()) == {"coffee", "flower", "rocket"}
        assert (folder / "count.txt").read_text() == f"{len(photos['images'])}\n"
    assert (folder / "made/logs/prepare_photos.log").exists() and not (folder / "results").exists()
    assert "fingerprints_prepare_photos" in made.stderr


@pytest.mark.parametrize("config", ["config: config", ""])
def test_without_a_configuration_it_is_the_demo(tmp_path, config):
    text = DEPLOYED.replace('configfile: "config/config.yaml"', "").replace("config: config", config)
    planned = run(deploy(tmp_path / "outer", repr(str(ROOT / "Snakefile")), {}, text), "-n", "--quiet", "rules")
    assert planned.returncode == 0, planned.stderr[-2000:]
    assert "48 custom, 11 published" in planned.stderr


def test_a_wrong_configuration_stops_the_other_workflow_in_one_line(tmp_path):
    folder = deploy(tmp_path / "outer", repr(str(ROOT / "Snakefile")), STUDY | {"sede": 1})
    refused = run(folder, "-n")
    assert refused.returncode != 0
    assert refused.stderr.splitlines()[-1].startswith("configuration: sede: unknown key; allowed: ")


@pytest.fixture
def host(tmp_path):
    """A repository of the workflow, whose jobs say that they are of tag v1, and what makes git find it on GitHub."""
    if not shutil.which("git"):
        pytest.skip("there is no git")
    folder = tmp_path / "host"
    folder.mkdir()
    for name in (
        "Snakefile",
        "workflow",
        "config.yaml",
        "pyproject.toml",
        "envs",
        "report",
        "resources",
        "rules",
        "schemas",
        "scripts",
    ):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    with (folder / "scripts/sr_fingerprints/runtime/job.py").open("a") as job:
        job.write('sys.stderr.write("a job of v1\\n")\n')
    who = ["-c", "user.name=tests", "-c", "user.email=tests@localhost"]
    for arguments in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "as it is"], ["tag", "v1"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return os.environ | {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{folder}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/someone/sr-fingerprints",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }


def test_from_a_git_host_the_whole_repository_is_fetched(tmp_path, host):
    """The very Snakefile that snakedeploy writes for a tag."""
    snakefile = 'github("someone/sr-fingerprints", path="workflow/Snakefile", tag="v1")'
    folder = deploy(tmp_path / "outer", snakefile, STUDY)
    planned = run(folder, "-n", env=host)
    assert planned.returncode == 0, planned.stderr[-2000:]
    assert int(counts(planned.stdout)["total"]) > 70
    (copy,) = (folder / ".snakemake/sr-fingerprints").iterdir()
    assert (copy / "Snakefile").read_bytes() == (ROOT / "Snakefile").read_bytes()
    made = run(folder, "results/smoke/networks.csv", env=host)
    assert made.returncode == 0, made.stderr[-2000:]
    assert len(pd.read_csv(folder / "results/smoke/networks.csv")) == 24
    assert "a job of v1" in made.stderr, "the library of the tag, though this one is installed"
    alone = deploy(tmp_path / "alone", snakefile.replace("workflow/Snakefile", "Snakefile"), STUDY)
    refused = run(alone, "-n", env=host)
    assert refused.returncode != 0
    assert "allowed: a Snakefile on this machine, or workflow/Snakefile" in refused.stderr.splitlines()[-1]


def test_workflow_snakefile_is_the_same_workflow(tmp_path):
    planned = run(tmp_path, "-n", "--snakefile", ROOT / "workflow/Snakefile", "--configfile", SMOKE)
    assert planned.returncode == 0, planned.stderr[-2000:]
    assert int(counts(planned.stdout)["total"]) > 70
