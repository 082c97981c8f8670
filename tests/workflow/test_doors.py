"""What others come in by is as it says: links, citation, GitHub workflows, pre-commit, catalog, READMEs."""

import re
import tomllib

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from smoke_study import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LIBRARY = "scripts/sr_fingerprints"
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("resources/*/*.md")]
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / ".github").rglob("*.yml")}
COMMITS = r"[\w-]+/[\w-]+@[0-9a-f]{40}"


def pythons():
    """The versions of Python that pyproject.toml admits, as 3.x."""
    admitted = SpecifierSet(PROJECT["requires-python"])
    return [f"3.{minor}" for minor in range(30) if f"3.{minor}" in admitted]


def headings(page):
    """The anchors of a Markdown page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_within_the_project_lead_somewhere(page):
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    inside = [link for link in links if not re.match(r"https?:|mailto:", link)]
    for link in inside:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists() and target.is_relative_to(ROOT), link
        assert not anchor or anchor in headings(target), link


def test_paths_that_texts_name_are_there():
    """Such as ``tests/support/golden_fixtures.py``, in the pages that tell where something goes."""
    for page in (ROOT / "CONTRIBUTING.md", ROOT / "config/README.md", ROOT / "README.md"):
        named = set(
            re.findall(r"`((?:scripts|rules|tests|config|envs|docs|resources|schemas)/[\w./-]+)`", page.read_text())
        )
        missing = [name for name in named - {"config/config.yaml"} if not (ROOT / name).exists()]  # that is a user's
        assert not missing, f"{page.name}: {missing}"


def test_modules_that_the_list_of_deviations_names_are_there():
    """The last column of its table: below the library, or below the project."""
    rows = [
        line.split("|") for line in (ROOT / "docs/deviations.md").read_text().splitlines() if line.startswith("|")
    ]
    named = {name for row in rows for name in re.findall(r"`([\w/]+\.(?:py|yaml))`", row[-2])}
    assert len(named) > 8
    assert [name for name in named if not any((ROOT / at / name).exists() for at in ("", LIBRARY))] == []


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    newest = re.search(r"^## (\S+) \((\S+)\)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert str(citation["version"]) == PROJECT["version"]
    assert (newest[1], newest[2]) == (PROJECT["version"], str(citation["date-released"])) or newest[2] == "unreleased"
    assert set(citation["keywords"]) == set(PROJECT["keywords"]) and citation["license"] == PROJECT["license"]


def test_tests_run_on_both_systems_with_the_oldest_and_the_newest_python():
    matrix = WORKFLOWS["tests"]["jobs"]["tests"]["strategy"]["matrix"]
    assert matrix["python"] == [pythons()[0], pythons()[-1]]
    assert [name.split("-")[0] for name in matrix["os"]] == ["ubuntu", "macos"]
    assert f"uv venv --quiet --python {pythons()[0]} " in (ROOT / ".ci/oldest").read_text().replace("$uv", "uv")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_and_may_write_nothing_but_a_release(name):
    workflow = WORKFLOWS[name]
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used and all(re.fullmatch(COMMITS, action) for action in used)
    assert workflow["permissions"] == {"contents": "read"}
    granted = {
        job: settings["permissions"] for job, settings in workflow["jobs"].items() if "permissions" in settings
    }
    assert granted == ({"release": {"contents": "write"}} if name == "release" else {})
    assert "pull_request_target" not in workflow[True], "the key on, as YAML has it"
    for step in steps(workflow):
        assert "${{" not in step.get("run", ""), "what others name could be code"
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


def test_uv_is_the_same_version_everywhere():
    (container,) = re.findall(r"uv==(\S+)", (ROOT / "Dockerfile").read_text())
    versions = {
        step["with"].get("version")
        for name in WORKFLOWS
        for step in steps(WORKFLOWS[name])
        if "setup-uv" in str(step)
    }
    assert versions == {container}


def test_the_two_commands_of_the_readme_run_on_github_too():
    readme = (ROOT / "README.md").read_text()
    commands = [step.get("run", "") for step in steps(WORKFLOWS["tests"])]
    for command in ("uv run snakemake --cores all", "uv run pytest"):
        assert f"\n{command} " in readme and any(line.startswith(command) for line in commands)


def test_pre_commit_runs_the_linters_of_the_lock():
    *_, local = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert local["repo"] == "local"
    hooks = {hook["id"]: hook["entry"] for hook in local["hooks"]}
    lint = (ROOT / "Makefile").read_text().partition("\nlint:")[2].partition("\n\n")[0]
    for tool in ("ruff check", "ruff format", "snakefmt"):
        assert f"run {tool}" in lint and any(entry.startswith(f"uv run {tool}") for entry in hooks.values())


def test_the_catalog_finds_what_it_asks_for():
    """As scripts/generate-catalog.py of snakemake/snakemake-workflow-catalog does."""
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage["software-stack-deployment"]["conda"] is True and usage["mandatory-flags"]["flags"] == []
    assert (ROOT / "config/README.md").exists() and (ROOT / "workflow/Snakefile").exists()
    readme = (ROOT / "README.md").read_text().lower()
    assert "snakemake" in readme and "workflow" in readme


def test_every_overlay_is_explained_and_writes_where_it_is_said():
    explained = (ROOT / "config/README.md").read_text()
    results = (ROOT / "results/README.md").read_text()
    for path in (ROOT / "config").glob("*.yaml"):
        pathvars = yaml.safe_load(path.read_text())["pathvars"]
        assert pathvars == {key: f"{key}/{path.stem}" for key in ("results", "logs", "benchmarks")}
        row = next(line for line in explained.splitlines() if line.startswith(f"| [`{path.name}`]({path.name}) |"))
        assert f"| `{path.stem}` |" in row and f"`{path.stem}`" in results
        command = re.search(r"^#     uv run (snakemake .*?)(?: +#.*)?$", path.read_text(), re.MULTILINE)
        assert command[1] in explained, "the command of the overlay itself"


def test_only_the_readme_of_results_is_kept():
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert "/results/*" in ignored and "!/results/README.md" in ignored


def test_bounds_of_packages_are_met_by_the_lock():
    """What .ci/oldest installs is not newer than what everyone else gets."""
    lock = {
        package["name"]: package["version"] for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    }
    for line in PROJECT["dependencies"]:
        name, bound = re.fullmatch(r"([\w-]+)([^;]*).*", line).groups()
        assert Version(lock[name]) in SpecifierSet(bound), line


def test_every_place_that_a_rule_writes_to_is_explained():
    rules = "\n".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    written = set(re.findall(r"(?:<results>|\{RESULTS\})/([\w.-]+)", rules))
    first_column = " ".join(re.findall(r"^\| (.+?) \|", (ROOT / "results/README.md").read_text(), re.MULTILINE))
    explained = {name.split("/")[0] for name in re.findall(r"`([^`]+)`", first_column)}
    assert len(written) > 15 and {name for name in written if name != "photos-x"} <= explained
