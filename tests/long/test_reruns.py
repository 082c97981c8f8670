"""Edits of the library, and what Snakemake then runs again: the rules that import what was edited, and no other."""

import re
import shutil
import subprocess
import sys

import pytest
from finished_study import RESULTS, copy_of
from PIL import Image
from skimage import data
from smoke_study import ROOT, SMOKE, started_jobs

WORKFLOW = [
    "pyproject.toml",
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
TRAINING = {"train_network", "train_network_with_checkpoints", "derive_networks"}
TRAINERS = {"train_classifier", "train_on_pipelines", "train_on_photo_sources"}
CLASSIFIERS = TRAINERS | {"apply_classifier", "apply_classifier_to_validation", "apply_to_unknown"}
ATTRIBUTION = {"observe_images", "fold_residuals", "fit_attribution", "answer_images"}
CLASSIFIERS |= {"classify_degraded", "measure_evidence", "remove_grid", "measure_attacks"}

EDITS = {
    "runtime/job": set(),
    "runtime/memory": set(),
    "study/configuration": set(),
    "networks/architectures/registry": set(),
    "networks/architectures/trained/swinir": set(),  # not in this study
    "networks/architectures/trained/edsr": {*TRAINING, "generate_sr", "generate_twin", "generate_derived"},
    "networks/training/trainer": TRAINING,
    "networks/loading/ncnn": {"generate_sr"},
    "derived/changes": {"derive_networks", "generate_derived"},
    "derived/comparison": {"compare_derived", "tabulate_derived_networks"},
    "networks/downloading/lock": {"download_weights"},
    "photos/low_resolution": {
        "downscale_photos",
        "cut_patches",
        "interpolate_photos",
        "measure_quality",
        "measure_attacks",
        "plot_patches",
        "plot_overview",
    },
    "photos/processed": {"process_photos"},
    "images/twins": {"compare_twins", "tabulate_controls", "apply_pipelines"},
    "classifiers/crops": CLASSIFIERS | ATTRIBUTION,
    "attribution/fitting": {"fit_attribution", "answer_images"},
    "attribution/folded_residuals": {"fold_residuals", "fit_attribution", "answer_images"},
    "attribution/decisions": set(),  # the command line's
    "classifiers/training": TRAINERS,
    "prnu/matching": {"attribute_by_prnu", "match_degraded", "measure_attacks"},
    "tables/parsers": {"tabulate_parsers"},
    "figures/separation": {"plot_separation"},
    "report/findings/wording": {"write_findings", "write_report"},
    "report/site/plots": {"write_report"},
}
"""Modules of the library, and the rules whose code they are."""


def copy_of_workflow(folder):
    """A copy with the times of the files, by which Snakemake goes."""
    for name in WORKFLOW:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def study(undisturbed, tmp_path_factory):
    """A copy of the workflow, and a finished run of the smoke study, which the copy takes over.

    What has a file of the workflow among its inputs is made anew: the file is at another place.
    """
    workflow = copy_of_workflow(tmp_path_factory.mktemp("workflow"))
    folder = copy_of(undisturbed, tmp_path_factory.mktemp("study"))
    finished = snakemake(workflow, folder)
    assert finished.returncode == 0, finished.stderr[-4000:]
    assert 0 < len(started_jobs(finished.stderr)) < 20
    return workflow, folder


def snakemake(workflow, folder, *arguments):
    command = [sys.executable, "-m", "snakemake", "--snakefile", workflow / "Snakefile", "--configfile", SMOKE]
    command += ["--profile", workflow / "profiles/default", "--cores", "2", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def planned(workflow, folder):
    """The rules that a dry run plans, and those among them whose params changed, the digest of their code among them.

    Snakemake does not look at the params of a job whose inputs are made anew.
    """
    told = snakemake(workflow, folder, "-n")
    assert told.returncode == 0, told.stderr[-2000:]
    table = told.stdout.partition("Job stats:")[2].partition("\n\n")[0]
    rules = set(re.findall(r"^(\w+) +\d+$", table, re.MULTILINE)) - {"total", "all"}
    reason = re.search(r"params have changed since last execution:\n +(.*)\n", told.stdout, re.IGNORECASE)
    assert reason or "Nothing to be done" in told.stdout + told.stderr
    return rules, set(reason[1].split(", ")) if reason else set()


def test_a_finished_study_has_nothing_to_do(study):
    assert planned(*study) == (set(), set())


@pytest.mark.parametrize("module", EDITS)
def test_an_edit_of_a_module_runs_the_rules_again_that_import_it(study, module):
    workflow, folder = study
    file = workflow / f"scripts/sr_fingerprints/{module}.py"
    text = file.read_text()
    file.write_text(f"{text}\n# edited\n")
    try:
        rules, for_their_code = planned(workflow, folder)
        assert for_their_code <= EDITS[module] <= rules
        assert bool(for_their_code) == bool(rules)
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
        assert planned(workflow, folder) == (set(), set())
    finally:
        (architectures / "registry.py").write_text(registry)
        (architectures / "trained/srcnn.py").unlink()


def test_results_are_where_they_were(study):
    """So that the dry runs above looked at a finished study."""
    assert (study[1] / RESULTS / "report/index.html").exists()


def test_a_moved_checkout_with_its_photos_and_results_has_nothing_to_do(tmp_path):
    """Inputs in the working folder are named by their place in it, by whatever path the configuration has of them."""
    before, after = tmp_path / "before", tmp_path / "after"
    (before / "pictures").mkdir(parents=True)
    copy_of_workflow(before)
    for name, photo in (("a", data.astronaut()), ("b", data.coffee()), ("c", data.chelsea()), ("d", data.rocket())):
        Image.fromarray(photo).save(before / f"pictures/{name}.png")
    table = "results/smoke/tables/datasets.csv"

    def run(folder, *arguments):
        (folder / "mine.yaml").write_text(f"photos: {{folder: {folder / 'pictures'}}}")
        return snakemake(folder, folder, *arguments, "--configfile", SMOKE, "mine.yaml", "--", table)

    made = run(before)
    assert made.returncode == 0 and ("tabulate_datasets", "") in started_jobs(made.stderr), made.stderr[-2000:]
    before.rename(after)
    again = run(after, "-n")
    assert "Nothing to be done" in again.stdout + again.stderr, again.stdout[-2000:]
