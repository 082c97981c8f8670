"""What the documentation tells people to type is tested, or said not to be; its messages are those of the program."""

import ast
import re
import shlex
import subprocess
import sys
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import griffe
import pytest
import yaml
from smoke_study import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "config/README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
COMMANDS = yaml.safe_load((Path(__file__).parent / "documented_commands.yaml").read_text())
KINDS = ("run here", "run by", "not run")
LANGUAGES = ("bash", "yaml", "python", "text")
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`((?:uv|uvx|make)\s[^`]+)`(?!`)")
NO_COMMANDS = ("uv run", "uv run snakemake")  # what stands before commands


def commands(text):
    """The commands of a page, in blocks of shell code and in sentences, with one blank between words."""
    lines = [line for language, block in FENCE.findall(text) if language == "bash" for line in block.splitlines()]
    told = [re.sub(r"\s+#.*$", "", line) for line in lines if not line.startswith("#")]
    told += [command for command in INLINE.findall(FENCE.sub("", text)) if command not in NO_COMMANDS]
    return [" ".join(line.split()) for line in told if line.strip()]


def unlisted(pages, table):
    """What a page has and the table has not, and the reverse."""
    found = {command for page in pages for command in commands(page)}
    return sorted(found - set(table)), sorted(set(table) - found)


def test_every_command_is_in_the_table_and_no_other():
    assert unlisted([page.read_text() for page in PAGES], COMMANDS) == ([], [])
    assert len(COMMANDS) > 40


def test_a_command_that_is_not_listed_is_found_and_one_that_is_gone():
    page = "# A page\n\n```bash\n# a comment\nuv run this   --now    # why\n\n```\n\nOr `make\nit`, not `of it`.\n"
    assert unlisted([page], {"uv run that": {}}) == (["make it", "uv run this --now"], ["uv run that"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_of_code_says_its_language(page):
    """So that no command hides in one that is not looked at."""
    text = page.read_text()
    assert {language for language, _ in FENCE.findall(text)} <= set(LANGUAGES)
    assert not re.search(r"(\A|\n)\n    +\S", FENCE.sub("", text)), "a block that is indented"
    assert FENCE.sub("", text).count("```") == 0
    for language, block in FENCE.findall(text):
        assert language == "bash" or not re.search(r"^(uv|snakemake|make|sr-fingerprints) ", block, re.MULTILINE)


def exists(where):
    """Whether there is what runs a command: a test, or a line of .ci/run or the Makefile."""
    path, _, name = where.partition("::")
    text = (ROOT / path).read_text() if (ROOT / path).is_file() else ""
    return (
        bool(re.search(rf"^def {name}\(", text, re.MULTILINE))
        if path.endswith(".py")
        else bool(name) and name in text
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_what_runs_a_command_is_there_and_what_is_not_run_has_a_reason(command):
    row = COMMANDS[command]
    assert len(set(row) & set(KINDS)) == 1 and set(row) <= {*KINDS, "checked by"}
    assert [where for where in [*row.get("run by", []), *row.get("checked by", [])] if not exists(where)] == []
    assert row.get("run here", True) is True
    needed = row.get("not run", "a GPU").partition(":")[0]
    assert needed in {"a GPU", "a cluster", "a download", "software", "photos", "time", "changes the checkout"}


def test_a_test_that_does_not_exist_is_found():
    assert exists(".ci/run::make demo") and exists("tests/workflow/test_documentation.py::exists")
    assert not exists("tests/workflow/test_documentation.py::gone") and not exists("tests/gone.py::exists")
    assert not exists(".ci/run::make gone")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The project, without what runs have made of it."""
    folder = tmp_path_factory.mktemp("checkout")
    made = {"results", "logs", "benchmarks", "downloads", "data", "site"}
    for path in ROOT.iterdir():
        if path.name not in made and not path.name.startswith("."):
            (folder / path.name).symlink_to(path)
    return folder


MODULES = {"snakemake": "snakemake", "sr-fingerprints": "sr_fingerprints.command"}


@pytest.mark.parametrize("command", [command for command, row in COMMANDS.items() if "run here" in row])
def test_cheap_commands_run(checkout, command):
    uv, run, program, *arguments = shlex.split(command)
    assert (uv, run) == ("uv", "run")
    started = [sys.executable, "-m", MODULES[program], *arguments]
    ended = subprocess.run(started, cwd=checkout, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout


@cache
def texts():
    """Every text in the program, and the part of it before, between and after what is put into it."""
    found = set()
    for path in (ROOT / "scripts/sr_fingerprints").rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text()))
        found |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return found


def of_the_program(message):
    """Phrases of a message, without names and numbers, that are in no text of the program."""
    kept = re.sub(r"'[^']*'|\$\w+|\b[\w]+(?:\.[\w]+)+:|--\w+:|\d[\d.]*", "...", message)
    parts = [part.strip(" :,'") for part in re.split(r"\.\.\.|[;()]|allowed:|, (?:or|then) ", kept)]
    return [part for part in parts if len(part) > 3 and not any(part in text for text in texts())]


def messages(page):
    """Those in the first column of its tables, but for those of other programs, which stand behind in brackets."""
    cells = [line.split(" | ")[0][2:] for line in page.splitlines() if line.startswith("| ")]
    found = [re.match(r"`(.+)`(.*)$", cell) for cell in cells if cell.startswith("`")]
    return [match[1] for match in found if not match[2].startswith((" (", ", or"))]


def test_messages_that_are_explained_are_those_of_the_program():
    found = messages((ROOT / "docs/errors.md").read_text())
    assert len(found) > 25
    assert {message: of_the_program(message) for message in found if of_the_program(message)} == {}
    assert of_the_program("photos.folder: found 'x', which is a chair") == ["which is a chair"]


def test_every_published_study_is_linked():
    page = (ROOT / "docs/published_results.md").read_text()
    published = [path.parent.name for path in (ROOT / "docs/results").glob("*/README.md")]
    assert [name for name in published if f"](results/{name}/README.md" not in page] == []


@cache
def hooks():
    """docs/hooks.py, which mkdocs loads."""
    spec = spec_from_file_location("hooks", ROOT / "docs/hooks.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_links_to_files_of_the_repository_lead_to_their_pages():
    within = hooks().in_repository
    assert within("../config.yaml", "docs/photos.md") == "config.yaml"
    assert within("statistics.md#coverage", "docs/photos.md") == "docs/statistics.md"
    assert within("../resources/paper", "docs/deviations.md") == "resources/paper/README.md"
    assert [within(link, "docs/photos.md") for link in ("https://x.org/a.md", "#here", "../../etc/passwd")] == [
        None
    ] * 3
    assert hooks().in_site("docs/photos.md") == "photos.md" and hooks().in_site("README.md") == "index.md"
    assert hooks().in_site("config.yaml") == "project/config.yaml.md"
    assert hooks().in_site("config/README.md") == "project/config/README.md"


def test_a_list_is_one_without_an_empty_line_before_it_as_on_github():
    page = "A text:\n* one,\n  of two lines\n* two\n\n```\na\n* b\n```\n\n1. three\n2. four"
    assert hooks().spaced(page) == page.replace(":\n* one", ":\n\n* one")


def test_the_python_interface_has_the_comments_of_fields():
    extensions = griffe.load_extensions(f"{ROOT}/docs/comments.py:FieldsOfDataclasses")
    name = "sr_fingerprints.attribution.observations"
    module = griffe.load(name, search_paths=[ROOT / "scripts"], extensions=extensions)
    fields = {field.name: field for field in module["Observations"].docstring.parsed[-1].value}
    assert fields["crops"].description == "(n,), their number"
    assert str(fields["crops"].annotation) == "npt.NDArray[np.int64]"


def test_formulas_need_no_script():
    shown = hooks().on_page_content(r'<p><span class="arithmatex">\(a &lt; \frac{1}{2}\)</span></p>')
    assert shown.startswith("<p><math ") and "<mfrac>" in shown and "arithmatex" not in shown


@pytest.mark.parametrize(
    "element",
    ['<script src="https://x.org/a.js"></script>', '<img alt="" src="//x.org/a.png">',
     '<link rel="stylesheet" href="http://x.org/a.css">', '<div class="arithmatex">x</div>'],
)  # fmt: skip
def test_a_page_that_would_load_something_from_elsewhere_is_refused(element):
    page = type("Page", (), {"file": type("File", (), {"src_uri": "a.md"})})
    with pytest.raises(Exception, match=r"a\.md: found"):
        hooks().on_post_page(f"<html>{element}</html>", page=page)
    here = '<a href="https://x.org">x</a><script src="a.js"></script>'
    assert hooks().on_post_page(here, page=page) == here
