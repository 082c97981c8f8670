"""The archive of a study: valid by its profiles, whole, the same again, and without what is nobody else's."""

import getpass
import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest
from crate_validation import issues
from rocrate.rocrate import ROCrate
from rocrate_validator.models import Severity
from smoke_study import ROOT
from tiny_archive import PHOTOGRAPHS, WEIGHTS, make_archive, make_study

from sr_fingerprints.report.archive.crate import METADATA, PROFILES, archive
from sr_fingerprints.report.archive.jobs import jobs_of, span
from sr_fingerprints.report.archive.workflow_files import workflow_files
from sr_fingerprints.report.archive.zipped import write_zip
from sr_fingerprints.runtime.errors import InputError


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An archive, and the folder that it was unpacked into."""
    folder = tmp_path_factory.mktemp("archive")
    here = Path.cwd()
    path = make_archive(folder)
    os.chdir(here)
    with zipfile.ZipFile(path) as opened:
        opened.extractall(folder / "unpacked")
    return path, folder / "unpacked"


@pytest.fixture(scope="module")
def graph(made):
    """Entities by identifier."""
    return {entity["@id"]: entity for entity in json.loads((made[1] / METADATA).read_text())["@graph"]}


UNKNOWN = (
    "The Application SHOULD have a url",
    "The SoftwareApplication id SHOULD be an absolute URI",
    "The Action SHOULD have an agent that is a Person or Organization",  # nobody records who ran a study
    "The Collection SHOULD have a mainEntity",  # no photo is more than another
    "The `publisher` property of a `Root Data Entity` SHOULD be an `Organization`",  # the archive will be
    "The author SHOULD have an organizational affiliation.",
    "The author SHOULD have a Contextual Entity which specifies the organizational `affiliation`.",
    "The organization SHOULD have a URL.",
)
"""What the profiles recommend to say, and a study does not know."""


def test_it_is_valid_by_every_profile_that_it_names(made, monkeypatch, tmp_path):
    said = issues(made[1], tmp_path / "cache", monkeypatch, Severity.RECOMMENDED)
    assert [line for line in said if not any(reason in line for reason in UNKNOWN)] == []


def test_the_validator_would_tell_what_is_wrong(made, monkeypatch, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(made[1], broken)
    metadata = json.loads((broken / METADATA).read_text())
    for entity in metadata["@graph"]:
        if entity["@type"] == "HowToStep":
            del entity["workExample"]
    (broken / METADATA).write_text(json.dumps(metadata))
    (broken / "results/findings.rst").unlink()
    told = "\n".join(issues(broken, tmp_path / "cache", monkeypatch))
    assert "A HowToStep must refer to its corresponding tool" in told and "findings.rst" in told


def test_every_file_is_described_and_every_described_file_is_there(made, graph):
    files = {path.relative_to(made[1]).as_posix(): path for path in made[1].rglob("*") if path.is_file()}
    described = {unquote(name): entity for name, entity in graph.items() if "File" in kinds(entity)}
    assert set(files) == set(described) | {METADATA}
    for name, entity in described.items():
        content = files[name].read_bytes()
        assert entity["sha256"] == hashlib.sha256(content).hexdigest(), name
        assert entity["contentSize"] == str(len(content)) and "/" in entity["encodingFormat"]
    assert "results/report/networks/page one.html" in files and "sr-fingerprints/Snakefile" in files


def kinds(entity):
    return entity["@type"] if isinstance(entity["@type"], list) else [entity["@type"]]


def test_another_program_opens_it(made):
    crate = ROCrate(made[0])
    root, workflow = crate.root_dataset, crate.mainEntity
    assert {entity.id for entity in root["conformsTo"]} == set(PROFILES.values())
    assert root["license"].id == "https://spdx.org/licenses/MIT" == workflow["license"].id
    assert root["datePublished"] == "2026-11-27" and root["author"]["name"] == "The sr-fingerprints developers"
    assert root["citation"].type == "ScholarlyArticle" and len(root["citation"]["author"]) == 2
    assert workflow.id == "sr-fingerprints/Snakefile" and workflow["programmingLanguage"]["version"] == "9.27.0"
    assert workflow["version"] == "0.8.0 (commit abc)"
    assert {entity["name"] for entity in workflow["step"]} == {"train_network", "tabulate_quality", "write_report"}


def test_every_reference_leads_to_an_entity(graph):
    for entity in graph.values():
        for value in entity.values():
            for one in value if isinstance(value, list) else [value]:
                assert not isinstance(one, dict) or one["@id"] in graph or one["@id"].startswith("http"), one


def test_a_job_has_what_its_log_and_its_benchmark_recorded(graph):
    job = graph["#job-train_network-EDSR-a-x2-L1-s1"]
    assert (job["startTime"], job["endTime"]) == ("2026-11-27T00:00:05+00:00", "2026-11-27T00:00:45+00:00")
    assert "of network EDSR-a-x2-L1-s1, on cpu" in job["description"]
    assert job["instrument"] == {"@id": "#tool-train_network"} and job["result"] == {
        "@id": "#network-EDSR-a-x2-L1-s1"
    }
    measured = [graph[usage["@id"]] for usage in job["resourceUsage"]]
    assert [(one["name"], one["value"]) for one in measured] == [("s", "40.50"), ("max_rss", "700.25")]
    table = graph["#job-tabulate_quality"]
    assert [one["@id"] for one in table["result"]] == ["results/tables/quality.csv", "results/tables/quality.tex"]
    assert graph[table["resourceUsage"]["@id"]]["name"] == "s", "memory was not measured"
    assert graph["#job-write_report"]["result"] == {"@id": "results/report/"}
    assert not {"#step-publish_results", "#step-plot_attacks", "#tool-plot_attacks"} & set(graph)
    step = graph["#step-train_network"]
    assert step["buildInstructions"] == {"@id": "sr-fingerprints/envs/torch.yaml"} and step["position"] == "1"
    assert graph["#run"]["endTime"] == "2026-11-27T00:02:45+00:00"


def test_photos_and_weights_are_told_with_source_licence_and_digest(made, graph):
    weights = graph["#weights-Net-NA-x2-GAN-NA-pretrained.pth"]
    assert weights["url"] == "https://host/w.pth" and weights["sha256"] == WEIGHTS["pth"]["sha256"]
    assert weights["license"] == {"@id": "https://spdx.org/licenses/MIT"}
    assert ".../w.pth" in weights["description"] and "package p, w" in weights["description"]
    assert graph["#network-EDSR-a-x2-L1-s1"]["sha256"] == "abc"
    photographs = graph["#photographs-some"]
    assert photographs["isBasedOn"] == "https://host/some.zip" and photographs["identifier"] == "md5:cd"
    assert graph[photographs["license"]["@id"]]["name"] == PHOTOGRAPHS["licence"]
    assert (
        graph["#photo-p"]["isPartOf"] == {"@id": "#package-scikit-image"} and graph["#photo-p"]["sha256"] == "ef" * 32
    )
    assert "the user's own" in graph["#photos-a"]["description"]
    assert (made[1] / "photos.csv").read_text().splitlines() == [
        "photo,split,sha256_of_pixels",
        "p-0,train,",
        "q-0,test,",
    ]


def test_nothing_of_this_machine_is_in_it(made):
    here = [str(made[0].parent), str(Path.home()), f"/{getpass.getuser()}/", "/home/somebody"]
    for path in made[1].rglob("*"):
        if path.is_file() and "sr-fingerprints" not in path.parts:
            assert not any(place.encode() in path.read_bytes() for place in here), path
    assert "weights: '.../w.pth'" in (made[1] / "configuration.yaml").read_text()


def test_a_path_of_this_machine_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sources = make_study(tmp_path)
    (sources.results / "networks.csv").write_text("weights\n/home/somebody/w.pth\n")
    with pytest.raises(InputError, match=r"^results/networks\.csv: line 2: found a path below /home/; allowed"):
        archive(sources, tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


def test_the_same_results_give_the_same_bytes(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert make_archive(tmp_path).read_bytes() == made[0].read_bytes()
    with zipfile.ZipFile(made[0]) as opened:
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert opened.namelist()[0] == METADATA and opened.testzip() is None


def test_of_a_log_without_an_offset_only_the_day_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sources = make_study(tmp_path)
    log = Path("logs/tables/quality.log")
    log.write_text("2026-11-26 23:50:00,123 INFO y: torch 2 on Some GPU (GPU-123, job 1 of at most 1 on it)\n")
    Path("logs/report.log").write_text("")
    jobs = {job.rule: job for job in jobs_of(sources.study)}
    assert (jobs["tabulate_quality"].start, jobs["tabulate_quality"].ran_on) == ("2026-11-26", "Some GPU")
    assert (jobs["write_report"].start, jobs["write_report"].end) == ("", "")
    assert span(list(jobs.values())) == ("2026-11-26", "2026-11-27") and span([]) == ("", "")


def test_a_file_that_cannot_be_read_is_named_and_nothing_is_left(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(InputError, match="a: cannot be read"):
        write_zip(tmp_path / "x.zip", {"a": tmp_path / "a"})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_the_workflow_in_it_is_what_is_committed(tmp_path):
    names = workflow_files(ROOT)
    for part in (
        "Snakefile",
        "rules/archive.smk",
        "scripts/archive_results.py",
        "envs/torch.yaml",
        "uv.lock",
        "LICENSE",
    ):
        assert names[part] == ROOT / part
    assert not any(name.startswith(("tests/", "docs/", ".", "resources/bundles/")) for name in names)
    for name in ("Snakefile", "config/a.yaml", "scripts/__pycache__/a.pyc", "scripts/.hidden", "mine.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert list(workflow_files(tmp_path)) == ["Snakefile", "config/a.yaml"], "without git"
    for command in (["init", "-q"], ["add", "Snakefile"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    assert list(workflow_files(tmp_path)) == ["Snakefile"]
