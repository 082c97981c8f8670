"""Edits of the library, and what Snakemake then runs again: the rules that import what was edited, and no other."""

import re
import shutil
import subprocess
import sys

import pytest
from finished_study import RESULTS
from smoke_study import ROOT, SMOKE

WORKFLOW = [
    "Snakefile",
    "config.yaml",
    "config",
    "rules",
    "scripts",
    "schemas",
    "resources",
    "report",
    "envs",
    "profiles",
]
TRAINING = {"train_network"}
CLASSIFIERS = {"train_classifier", "apply_classifier"}

EDITS = {
    "runtime/job": set(),
    "runtime/memory": set(),
    "study/configuration": set(),
    "networks/architectures/registry": set(),
    "networks/architectures/trained/swinir": set(),  # not in this study
    "networks/architectures/trained/edsr": {*TRAINING, "generate_sr", "generate_twin"},
    "networks/training/trainer": TRAINING,
    "networks/loading/ncnn": {"generate_sr"},
    "networks/downloading/lock": {"download_weights"},
    "photos/low_resolution": {"downscale_photos", "interpolate_photos", "measure_quality", "plot_patches"},
    "images/twins": {"compare_twins", "tabulate_controls"},
    "classifiers/crops": CLASSIFIERS,
    "classifiers/training": {"train_classifier"},
    "prnu/matching": {"attribute_by_prnu"},
    "tables/parsers": {"tabulate_parsers"},
    "figures/separation": {"plot_separation"},
    "report/findings/wording": {"write_findings"},
}
"""Modules of the library, and the rules whose code they are."""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A copy of the workflow, and a finished run of the smoke study by it."""
    workflow = tmp_path_factory.mktemp("workflow")
    for name in WORKFLOW:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, workflow / name)
    folder = tmp_path_factory.mktemp("study")
    finished = snakemake(workflow, folder)
    assert finished.returncode == 0, finished.stderr[-4000:]
    return workflow, folder


def snakemake(workflow, folder, *arguments):
    command = [sys.executable, "-m", "snakemake", "--snakefile", workflow / "Snakefile", "--configfile", SMOKE]
    command += ["--profile", workflow / "profiles/default", "--cores", "2", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def run_again_for_their_code(workflow, folder):
    """The rules that a dry run plans because their params changed, the digest of their code among them."""
    planned = snakemake(workflow, folder, "-n")
    assert planned.returncode == 0, planned.stderr[-2000:]
    reason = re.search(r"params have changed since last execution:\n +(.*)\n", planned.stdout, re.IGNORECASE)
    assert reason or "Nothing to be done" in planned.stdout + planned.stderr
    return set(reason[1].split(", ")) if reason else set()


def test_a_finished_study_has_nothing_to_do(study):
    assert run_again_for_their_code(*study) == set()


@pytest.mark.parametrize("module", EDITS)
def test_an_edit_of_a_module_runs_the_rules_again_that_import_it(study, module):
    workflow, folder = study
    file = workflow / f"scripts/sr_fingerprints/{module}.py"
    text = file.read_text()
    file.write_text(f"{text}\n# edited\n")
    try:
        assert run_again_for_their_code(workflow, folder) == EDITS[module]
    finally:
        file.write_text(text)


def test_a_new_architecture_runs_nothing_again(study):
    workflow, folder = study
    architectures = workflow / "scripts/sr_fingerprints/networks/architectures"
    registry = (architectures / "registry.py").read_text()
    shutil.copy(architectures / "trained/edsr.py", architectures / "trained/srcnn.py")
    entered = registry.replace('"EDSR": "edsr", "RCAN"', '"EDSR": "edsr", "SRCNN": "srcnn", "RCAN"')
    assert entered != registry
    (architectures / "registry.py").write_text(entered)
    try:
        assert run_again_for_their_code(workflow, folder) == set()
    finally:
        (architectures / "registry.py").write_text(registry)
        (architectures / "trained/srcnn.py").unlink()


def test_results_are_where_they_were(study):
    """So that the dry runs above looked at a finished study."""
    assert (study[1] / RESULTS / "report.html").exists()
