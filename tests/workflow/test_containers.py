"""Dockerfile and apptainer.def install what uv.lock says, copy what a run reads, and agree with each other."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from environment_files import ROOT, environment_files, pins
from packaging.specifiers import SpecifierSet

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NOT_COPIED = {".ci", ".dockerignore", ".github", ".gitignore", ".pre-commit-config.yaml"}
NOT_COPIED |= {".snakemake-workflow-catalog.yml", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "Dockerfile"}
NOT_COPIED |= {"Makefile", "apptainer.def", "docs", "mkdocs.yml", "perf", "results", "tests", "workflow"}
"""What no run reads."""


def dockerfile(text):
    """What a Dockerfile says: base image, commands, copied files, user, and what it runs."""
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    words = {key: [line.removeprefix(f"{key} ") for line in lines if line.startswith(f"{key} ")] for key in DOCKER}
    return {
        "base": words["FROM"],
        "commands": [part.strip() for line in words["RUN"] for part in line.split("&&")],
        "copied": {file for line in words["COPY"] for file in line.split()[:-1]},
        "user": words["USER"][-1:],
        "runs": words["ENTRYPOINT"],
    }


DOCKER = ("FROM", "RUN", "COPY", "USER", "ENTRYPOINT")


def apptainer(text):
    """The same of an Apptainer definition, which has no user: whoever runs it stays who he is."""
    sections = dict(re.findall(r"^%(\w+)\n((?:    .*\n|\n)*)", text, re.MULTILINE))
    return {
        "base": re.findall(r"^From: (.+)$", text, re.MULTILINE),
        "commands": [line.strip() for line in sections["post"].splitlines()],
        "copied": {line.split()[0] for line in sections["files"].splitlines() if line.strip()},
        "user": ["study"],
        "runs": sections["runscript"].split("\n"),
    }


def faults(container, root):
    """A line for each thing that a container has wrong."""
    found = []
    python = [re.fullmatch(r"python:(\d+\.\d+)(?:\.\d+)?-slim-\w+", base) for base in container["base"]]
    (wanted,) = {
        pin.version for path in environment_files().values() for pin in pins(path) if pin.package == "python"
    }
    if [match and match[1] for match in python] != [wanted] or wanted not in SpecifierSet(PROJECT["requires-python"]):
        found.append(f"base image {container['base']}: the environments have Python {wanted}")
    uv = [line for line in container["commands"] if line.startswith("pip install")]
    if not re.fullmatch(r"pip install --no-cache-dir uv==\d+\.\d+\.\d+", " ".join(uv)):
        found.append(f"{uv}: nothing but uv, in an exact version")
    syncs = [line for line in container["commands"] if line.startswith("uv ")]
    if not syncs or syncs[-1] != "uv sync --locked --no-dev":
        found.append(f"{syncs}: packages have to come from the lock, and all of them")
    found += [f"{line}: not --locked" for line in syncs if "--locked" not in line]
    found += [f"{name}: copied, but not there" for name in sorted(container["copied"]) if not (root / name).exists()]
    if container["user"] in ([], ["root"], ["0"]):
        found.append("runs as root")
    if not any("snakemake" in line and "/opt/sr-fingerprints/Snakefile" in line for line in container["runs"]):
        found.append(f"runs {container['runs']}, not Snakemake")
    return found


CONTAINERS = {"Dockerfile": dockerfile, "apptainer.def": apptainer}


@pytest.fixture(params=CONTAINERS)
def read(request):
    """The text of one of the two, and what reads it."""
    return (ROOT / request.param).read_text(), CONTAINERS[request.param]


def test_both_install_the_lock_and_run_snakemake(read):
    text, reader = read
    assert not faults(reader(text), ROOT)


@pytest.mark.parametrize(
    ("words", "others", "told"),
    [
        ("python:3.11-slim-bookworm", "python:3.10-slim-bookworm", "the environments have Python 3.11"),
        ("python:3.11-slim-bookworm", "debian:bookworm", "the environments have Python 3.11"),
        ("uv==", "uv>=", "in an exact version"),
        ("--no-cache-dir uv", "--no-cache-dir numpy uv", "nothing but uv"),
        ("--locked --no-dev\n", "--no-dev\n", "not --locked"),
        ("--no-dev\n", "--no-dev --no-install-project\n", "all of them"),
        ("schemas", "shemas", "shemas: copied, but not there"),
        ("snakemake", "python", "not Snakemake"),
    ],
)
def test_what_is_wrong_is_told(read, words, others, told):
    text, reader = read
    assert words in text
    assert any(told in line for line in faults(reader(text.replace(words, others)), ROOT))


def test_a_container_that_runs_as_root_is_told():
    text = (ROOT / "Dockerfile").read_text()
    assert faults(dockerfile(text.replace("USER study\n", "")), ROOT) == ["runs as root"]


def test_both_are_the_same():
    docker, other = (reader((ROOT / name).read_text()) for name, reader in CONTAINERS.items())
    assert docker["base"] == other["base"] and docker["copied"] == other["copied"]
    installed = [[line for line in one["commands"] if "uv==" in line] for one in (docker, other)]
    assert installed[0] == installed[1]


def test_packages_are_compiled_when_they_are_installed(read):
    """Jobs in a container may not write, so that every one of them would compile what it imports."""
    text, _ = read
    assert "PYTHONDONTWRITEBYTECODE=1" in text and "UV_COMPILE_BYTECODE=1" in text.partition("uv sync")[0]


def test_all_that_a_run_reads_is_copied_and_may_be():
    copied = dockerfile((ROOT / "Dockerfile").read_text())["copied"]
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert allowed == copied
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("what belongs to the project is asked of git")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {Path(file).parts[0] for file in tracked.splitlines()} - copied <= NOT_COPIED
