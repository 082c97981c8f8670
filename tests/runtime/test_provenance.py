"""Which version of the workflow made a result: a commit, and whether files differed from it, or a version."""

import os
import shutil
import subprocess

import pytest
from smoke_study import ROOT

from sr_fingerprints.runtime import provenance

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")


def git(folder, *arguments):
    identity = ["-c", "user.name=x", "-c", "user.email=x@localhost", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    """A folder with a workflow, in a commit."""
    folder = tmp_path / "it's a (workflow)"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.2.3"\n')
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


def test_a_checkout_has_its_commit_or_tag(checkout):
    commit = git(checkout, "rev-parse", "HEAD")
    told = provenance.workflow_version(checkout)
    assert told.startswith("commit ") and commit.startswith(told.removeprefix("commit "))
    git(checkout, "tag", "v1.2.3")
    assert provenance.workflow_version(checkout) == "commit v1.2.3"


def test_changes_of_the_workflow_are_said_and_results_beside_it_are_none(checkout):
    clean = provenance.workflow_version(checkout)
    (checkout / "results").mkdir()
    (checkout / "results/index.html").write_text("x")
    assert provenance.workflow_version(checkout) == clean
    (checkout / "pyproject.toml").write_text("changed")
    assert provenance.workflow_version(checkout) == f"{clean} with uncommitted changes"


def test_the_commit_of_a_repository_around_the_workflow_is_not_its_own(checkout, monkeypatch):
    workflow = checkout / "workflow"
    workflow.mkdir()
    shutil.copy(checkout / "pyproject.toml", workflow)
    assert provenance.workflow_version(workflow) == "version 1.2.3"
    monkeypatch.setenv("GIT_DIR", str(checkout / ".git"))  # as in a hook of git
    assert provenance.workflow_version(workflow) == "version 1.2.3"


def test_without_git_there_is_the_version(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert provenance.workflow_version(checkout) == "version 1.2.3"
    assert provenance.workflow_version(ROOT).startswith("version ")


def test_the_version_of_a_run_stays_what_it_was_at_its_start(checkout, monkeypatch):
    monkeypatch.delenv(provenance.VERSION, raising=False)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    first = provenance.version_of_run(checkout)
    (checkout / "pyproject.toml").write_text("changed")
    assert provenance.version_of_run(checkout) == first == os.environ[provenance.VERSION]
    assert provenance.workflow_version(checkout) != first
