"""The commands beside attribution: what was run here, its report, completion, and the version."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sr_fingerprints.command.main import main
from sr_fingerprints.command.studies import findings_in, size
from sr_fingerprints.report import PAGE

ROOT = Path(__file__).parents[2]
FINDINGS = r"""Which network made this image?
==============================

Study **x**: 4 custom networks.

Attribution
-----------

* Custom networks: 70.0 [56.2, 80.9], chance 2.1.

Larger scales leave more distinctive fingerprints
-------------------------------------------------

**undecided here**: +15.4 [+1.0, +29.8] points.
"""


@pytest.fixture
def results(tmp_path):
    study = tmp_path / "results/mine"
    (study / "tables").mkdir(parents=True)
    (study / "tables/quality.csv").write_text("x\n" * 1000)
    (study / "photos.h5").write_bytes(bytes(3000))
    os.link(study / "photos.h5", study / "again.h5")
    (tmp_path / "results/README.md").write_text("")
    (tmp_path / "results/other").mkdir()
    return tmp_path / "results"


def finish(results):
    (results / "mine" / PAGE).parent.mkdir(parents=True, exist_ok=True)
    (results / "mine" / PAGE).write_text("<p>")
    (results / "mine/findings.rst").write_text(FINDINGS)


def test_studies_are_told_with_size_state_and_findings(results, capsys):
    assert main(["studies", str(results)]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"{results}/mine\n") and "other" not in told
    assert "no report yet" in told and "1 tables, 0 figures, 5.0 kB" in told and "report.html" not in told
    finish(results)
    assert main(["studies", str(results)]) == 0
    told = capsys.readouterr().out
    assert "no report yet" not in told and f"{results}/mine/{PAGE}" in told
    assert "Larger scales leave more distinctive fingerprints: undecided here" in " ".join(told.split())
    assert main(["studies", "--json", str(results)]) == 0
    (study,) = json.loads(capsys.readouterr().out)
    assert [(each["title"], each["verdict"]) for each in study["findings"]] == [
        ("Attribution", None),
        ("Larger scales leave more distinctive fingerprints", "undecided here"),
    ]
    assert study["finished"][:2] == "20" and study["bytes"] == 5000 + len(FINDINGS) + 3


def test_a_folder_without_studies_and_none_at_all(tmp_path, capsys):
    assert main(["studies", str(tmp_path)]) == 0 and "no studies yet" in capsys.readouterr().out
    assert main(["studies", str(tmp_path / "none")]) == 2
    assert f"{tmp_path}/none: found no folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "number, text",
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (2 * 10**15, "2000.0 TB")],
)
def test_sizes_have_a_unit(number, text):
    assert size(number) == text


def test_the_findings_of_the_project_can_be_read():
    """Headings and verdicts as `report.findings` writes them: a title over dashes, then bold words and a colon."""
    from sr_fingerprints.report.findings.wording import verdict

    words = {verdict(low, high, 9) for low, high in ((1, 2), (-2, -1), (-1, 1))}
    for each in words:
        (found,) = findings_in(f"Opening\n=======\n\nTitle\\-x\n--------\n\n**{each}**: 3 points.\n")
        assert (found.title, found.verdict) == ("Title-x", each)


def test_a_report_is_shown_or_asked_for(results, capsys, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    study = str(results / "mine")
    assert main(["report", study]) == 2 and "found no report in it yet" in capsys.readouterr().err
    finish(results)
    assert main(["report", study, "--no-browser"]) == 0 and not opened
    assert main(["report", study]) == 0 and opened == [(results / "mine" / PAGE).as_uri()]
    assert capsys.readouterr().out == f"{results}/mine/{PAGE}\n" * 2
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    assert main(["report", study]) == 2 and "no browser was found" in capsys.readouterr().err


def test_the_version_has_the_commit(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    told = capsys.readouterr().out
    assert ended.value.code == 0 and told.startswith("sr-fingerprints 0.")
    if (ROOT / ".git").exists():
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()
        found = told.split(", commit ")[1].split()[0].rpartition("-g")[2]
        assert len(found) >= 7 and commit.startswith(found)


def completed(line):
    """What the program offers a shell for a line, by argcomplete's protocol: words on descriptor 8."""
    read, write = os.pipe()
    environment = os.environ | {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_SHELL": "fish",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }
    program = f"import os; os.dup2({write}, 8); from sr_fingerprints.command.main import main; main()"
    subprocess.run(
        [sys.executable, "-c", program], env=environment, pass_fds=[write], cwd=ROOT, check=True, capture_output=True
    )
    os.close(write)
    with os.fdopen(read) as found:
        return {word.split("\t")[0] for word in found.read().split("\n")} - {""}


def test_commands_options_and_choices_are_completed():
    assert {"attribute", "compare", "bundle", "export", "serve", "studies", "report"} <= completed("sr-fingerprints ")
    assert completed("sr-fingerprints attribute --fo") == {"--format"}
    assert completed("sr-fingerprints attribute --format ") == {"table", "jsonl", "csv"}
    assert "config.yaml" in completed("sr-fingerprints attribute conf")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_code(shell, capsys):
    assert main(["completion", shell]) == 0
    code = capsys.readouterr().out
    assert "sr-fingerprints" in code and "_ARGCOMPLETE" in code
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=code, text=True, check=True)
