"""The real Snakefile, run to the end on the smallest study, run again, and given what it must refuse."""

import json
import re
import shutil
import subprocess
import sys
from zipfile import ZipFile

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from crate_validation import issues
from PIL import Image
from smoke_study import ROOT, SMOKE, command, snakemake, started_jobs

from sr_fingerprints.runtime.provenance import VERSION, version_of_run

TABLES = ["published_networks", "backbones", "accuracy_by_hyperparameter", "seed_triplets", "parsers", "datasets"]
TABLES += ["quality", "controls", "prnu", "values"]
TABLES += ["robustness", "open_set", "unknown_networks", "derived_networks"]
TABLES += ["calibration", "likelihood_ratios", "conformal_sets", "evidence_growth"]
TABLES += ["fingerprint_parts", "grid_energy", "nearest_networks", "pipelines", "photo_sources", "attacks"]
TABLES += ["attribution", "attribution_groups", "attribution_sources", "attribution_parsers"]
FIGURES = ["overview", "patches", "tsne_custom", "seed_triplets", "tsne_published", "separation", "published_parsing"]
FIGURES += ["quality"]
FIGURES += ["robustness", "robustness_by_network", "open_set", "derived_networks"]
FIGURES += ["calibration", "likelihood_ratios", "evidence_growth"]
FIGURES += ["network_spectra", "network_residuals", "confusion", "network_dendrogram"]
FIGURES += ["pipelines", "photo_sources", "attacks"]
FIGURES += ["attribution_coverage", "attribution_confusion"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One finished run: its folder, and what it printed."""
    folder = tmp_path_factory.mktemp("run")
    finished = snakemake(folder)
    assert finished.returncode == 0, finished.stderr[-4000:]
    return folder, finished.stderr


def test_every_table_and_figure_is_made(run):
    results = run[0] / "results/smoke"
    for name in TABLES:
        assert len(pd.read_csv(results / f"tables/{name}.csv")) > 0
        assert r"\toprule" in (results / f"tables/{name}.tex").read_text()
    for name in FIGURES:
        assert (results / f"figures/{name}.png").read_bytes().startswith(b"\x89PNG")
        pdf = (results / f"figures/{name}.pdf").read_bytes()
        assert pdf.startswith(b"%PDF") and b"/CIDFontType2" in pdf, "letters stay letters of a TrueType font"


ACCURACIES = ["published_networks", "backbones", "accuracy_by_hyperparameter", "seed_triplets", "parsers"]
ACCURACIES += ["controls", "prnu", "fingerprint_parts"]


def test_every_table_has_numbers_beside_chance(run):
    results = run[0] / "results/smoke/tables"
    for name in ACCURACIES:
        table = pd.read_csv(results / f"{name}.csv")
        groups = table[table.iloc[:, 0] != "difference"]
        assert groups[["accuracy_mean", "accuracy_low", "accuracy_high", "chance"]].notna().all(axis=None)
        assert (groups.accuracy_low <= groups.accuracy_mean + 1e-9).all()
        assert (groups.accuracy_mean <= groups.accuracy_high + 1e-9).all()
    assert pd.read_csv(results / "quality.csv").lpips_mean.notna().all()
    values = pd.read_csv(results / "values.csv")
    assert len(values) == 79 and set(values.study) == {"smoke"} and values.ours.notna().sum() > 20
    macros = (results / "computed_values.tex").read_text()
    assert macros.count(r"\newcommand{\val") > 80


def test_twins_are_made_by_the_path_of_their_row(run):
    """The first as the original is, the second by another, which is counted pixel by pixel."""
    results = run[0] / "results/smoke"
    networks = pd.read_csv(results / "networks.csv").set_index("network")
    assert networks.path.dropna().tolist() == ["ordinary", "precision bfloat16"]
    files = [results / f"sr/EDSR-natural-x2-L1-s1{twin}.h5" for twin in ("", "-twin1", "-twin2")]
    original, first, second = (h5py.File(file) for file in files)
    assert [json.loads(file.attrs["precision"]) for file in (original, first, second)] == [
        *["float32"] * 2,
        "bfloat16",
    ]
    assert (first["images"][:] == original["images"][:]).all()
    apart = (first["images"][:] != second["images"][:]).any(axis=3).mean()
    controls = pd.read_csv(results / "tables/controls.csv").set_index("measured")
    told = controls.loc["twins told apart, the second by another path: precision bfloat16"]
    assert apart > 0 and told.pixels_differ == pytest.approx(100 * apart) and told.chance == 50
    of_originals = controls.accuracy_mean["attribution to the network, of networks that have twins"]
    assert controls.accuracy_mean["attribution to the network, of twins, path: ordinary"] == of_originals


def test_derived_networks_of_which_nothing_is_changed_are_their_parents(run):
    """Images, and with them all that is said of them, are the parent's; what is changed makes others."""
    results = run[0] / "results/smoke"
    table = pd.read_csv(results / "tables/derived_networks.csv").set_index("network")
    same = ["finetune-natural-0", "pruned-0", "float32", "at-100"]
    outcomes = [f"{outcome}_{part}" for outcome in ("parent", "another", "none") for part in ("mean", "low", "high")]
    parent = "EDSR-natural-x2-ResNet_GAN-s1"
    for name in same:
        assert (table.loc[f"{parent}-{name}", outcomes] == table.loc[parent, outcomes]).all(), name
    rows = table[table.parent_network == parent].drop(parent)
    assert set(rows.index[rows.psnr_to_parent == float("inf")]) == {f"{parent}-{name}" for name in same}
    assert rows.psnr_to_parent.between(20, 100).sum() == 6
    final = (results / f"networks/{parent}.safetensors").read_bytes()
    passed = [(results / f"derived/{parent}-at-{share}.safetensors").read_bytes() for share in (50, 100)]
    assert [weights == final for weights in passed] == [False, True]
    assert (table[["parent_mean", "another_mean", "none_mean"]].sum(axis=1) - 100).abs().max() < 1e-9


def test_withheld_networks_are_no_input_of_their_parser(run):
    """The images that Snakemake records as inputs: networks of seed 2 are withheld, and evaluated on afterwards."""
    summary = snakemake(run[0], "--detailed-summary").stdout.splitlines()
    rows = {line.split("\t")[0]: line for line in summary}
    trained = rows["results/smoke/classifiers/loss_without_seed_2-s1.safetensors"]
    asked = rows["results/smoke/predictions/loss_without_seed_2-s1.h5"]
    assert "L1-s1.h5" in trained and "-s2.h5" not in trained
    assert "L1-s2.h5" in asked and "-s1.h5," not in asked.replace("loss_without_seed_2-s1", "")


def test_the_report_holds_every_table_figure_and_network_and_opens_with_the_findings(run):
    results = run[0] / "results/smoke"
    report = results / "report"
    pages = {path.stem: path.read_text() for path in report.glob("*.html")}
    for folder, names, other, made in (("tables", TABLES, "tex", "tabulate"), ("figures", FIGURES, "pdf", "plot")):
        for name in names:
            for suffix in ("csv" if folder == "tables" else "png", other):
                file = f"{folder}/{name}.{suffix}"
                assert (report / file).read_bytes() == (results / file).read_bytes()
                assert f'href="{file}"' in pages[folder]
            assert f"scripts/{made}_{name}.py" in pages["making"] and f'href="{folder}.html#{name}"' in pages["index"]
    networks = pd.read_csv(results / "networks.csv").query("origin in ('custom', 'published')").network
    assert {path.stem for path in (report / "networks").glob("*.html")} == set(networks)
    assert "In the paper: Table 8." in pages["tables"] and "In the paper: not in it." in pages["tables"]
    assert all(version_of_run(ROOT) in page for page in pages.values())
    findings = (results / "findings.rst").read_text()
    assert "4 custom networks, 2 published ones" in findings and "nan" not in findings
    assert "Adversarial losses leave more distinctive fingerprints" in pages["findings"]
    assert "6 super-resolution networks (4 trained for it, 2 published by others)" in pages["index"]
    assert pages["index"].count('<li>\n<p class="claim">') == 5


def test_snakemake_makes_a_report_of_its_own_from_the_same_tables_figures_and_captions(run, tmp_path):
    made = snakemake(run[0], "--report", tmp_path / "report.zip")
    assert made.returncode == 0, made.stderr[-2000:]
    with ZipFile(tmp_path / "report.zip") as archive:
        archive.extractall(tmp_path)
    (page,) = tmp_path.rglob("report.html")
    shown = {path.name: path.read_bytes() for path in page.parent.rglob("*") if path.is_file()}
    for name in [*(f"tables/{name}.csv" for name in TABLES), *(f"figures/{name}.png" for name in FIGURES)]:
        assert (run[0] / "results/smoke" / name).read_bytes() in shown.values(), name
    text = page.read_text()
    assert (
        "Adversarial losses leave more distinctive fingerprints" in text
        and "Peak signal-to-noise ratio" in text
        and "Table 8" in text
    )


def test_another_commit_makes_the_report_anew_and_nothing_else(run, monkeypatch):
    monkeypatch.setenv(VERSION, "commit another")
    planned = snakemake(run[0], "-n")
    assert planned.returncode == 0, planned.stderr[-2000:]
    table = planned.stdout.split("Job stats:")[1].split("\n\n")[0]
    assert dict(re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)) == {"write_report": "1", "all": "1", "total": "2"}


def test_every_network_has_super_resolved_every_photo(run):
    results = run[0] / "results/smoke"
    networks = pd.read_csv(results / "networks.csv")
    assert networks.origin.value_counts().to_dict() == {
        "custom": 4,
        "derived": 12,
        "published": 2,
        "twin": 2,
        "real": 2,
        "interpolated": 2,
    }
    with h5py.File(results / "photos.h5") as photos:
        shape, names = photos["images"].shape, photos["photo"][:].tolist()
        evaluated = photos["split"][:] != b"train"
    for network in networks.network[networks.network != "real"]:  # and the photos interpolated and processed
        with h5py.File(results / f"sr/{network}.h5") as images:
            if networks.origin[networks.network == network].item() == "derived":
                assert images["photo"][:].tolist() == np.array(names)[evaluated].tolist()
                continue
            assert images["images"].shape == shape
            assert images["photo"][:].tolist() == names


def test_it_tells_how_far_it_is_and_every_job_has_a_log(run):
    folder, printed = run
    assert "(100%) done" in printed
    jobs = started_jobs(printed)
    logs = list((folder / "logs/smoke").rglob("*.log"))
    assert len(jobs) == len(set(jobs)) == len(logs) > 60


def test_nothing_is_written_elsewhere(run):
    made = {path.name for path in run[0].iterdir()}
    assert made == {"results", "logs", "benchmarks", ".snakemake"}


COUNTING_TIMERS = """
import sys, threading
from snakemake.cli import main
made, Timer = [], threading.Timer
threading.Timer = lambda *arguments: made.append(arguments) or Timer(*arguments)
try:
    main(sys.argv[1:])
finally:
    print("timers:", len(made))
"""


def test_snakemake_is_woken_by_jobs_that_end_and_by_nothing_else(tmp_path):
    """Its timers, one a job and each for ever, would take a core's time, and delay its own end."""
    snakemake = command("results/smoke/networks.csv")
    arguments = snakemake[snakemake.index("snakemake") + 1 :]
    ended = subprocess.run(
        [sys.executable, "-c", COUNTING_TIMERS, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert (tmp_path / "results/smoke/networks.csv").exists()
    assert ended.stdout.splitlines()[-1] == "timers: 0"


def test_a_second_run_has_nothing_to_do(run):
    again = snakemake(run[0])
    assert again.returncode == 0
    assert "Nothing to be done" in again.stderr


def test_its_results_are_published_when_asked_for_and_are_all_there(run):
    folder = run[0]
    done = snakemake(folder, "publish_results")
    assert done.returncode == 0, done.stderr[-2000:]
    assert started_jobs(done.stderr) == [("publish_results", "")]
    published = folder / "docs/results/smoke"
    files = {str(file.relative_to(published)) for file in published.rglob("*") if file.is_file()}
    shown = {f"tables/{name}.csv" for name in TABLES} | {f"figures/{name}.png" for name in FIGURES}
    assert files == shown | {"README.md", "configuration.yaml"}
    page = (published / "README.md").read_text()
    assert all(f"]({name})" in page for name in shown)
    assert f"--configfile {SMOKE.relative_to(ROOT)}\n" in page and page.count("--configfile") == 1
    networks = len(list((folder / "benchmarks/smoke/networks").glob("*.tsv")))
    trained = re.findall(r"^\| train_network(?:_with_checkpoints)? \| (\d+) \|", page, re.MULTILINE)
    assert sum(map(int, trained)) == networks > 0
    configuration = yaml.safe_load((published / "configuration.yaml").read_text())
    given = yaml.safe_load(SMOKE.read_text())
    assert configuration["pathvars"] == given["pathvars"] and configuration["networks"]["seeds"]
    shutil.rmtree(folder / "docs")
    (folder / "logs/smoke/publication.log").unlink()


def test_its_results_are_archived_when_asked_for_and_are_all_there(run, tmp_path, monkeypatch):
    """The crate names every table, figure and job of the run, and nothing of this machine."""
    folder = run[0]
    done = snakemake(folder, "archive_results")
    assert done.returncode == 0, done.stderr[-2000:]
    assert started_jobs(done.stderr) == [("archive_results", "")]
    assert "Nothing to be done" in snakemake(folder, "archive_results").stderr
    with ZipFile(folder / "results/smoke/archive/smoke.crate.zip") as archive:
        archive.extractall(tmp_path / "crate")
    names = {path.relative_to(tmp_path / "crate").as_posix() for path in (tmp_path / "crate").rglob("*")}
    for kind, items, suffixes in (("tables", TABLES, ("csv", "tex")), ("figures", FIGURES, ("pdf", "png"))):
        assert {f"results/{kind}/{name}.{suffix}" for name in items for suffix in suffixes} <= names
    assert {"sr-fingerprints/Snakefile", "sr-fingerprints/uv.lock", "results/report/index.html"} <= names
    text = (tmp_path / "crate/ro-crate-metadata.json").read_text()
    entities = {entity["@id"]: entity for entity in json.loads(text)["@graph"]}
    jobs = {name: entity for name, entity in entities.items() if name.startswith("#job-") and "result" in entity}
    assert len([name for name in entities if name.startswith("#control-")]) == len(started_jobs(run[1]))
    assert jobs["#job-tabulate_quality"]["result"][0]["@id"] == "results/tables/quality.csv"
    assert entities["#tool-train_network"]["softwareRequirements"] == {"@id": "sr-fingerprints/envs/torch.yaml"}
    assert all("startTime" in entity and "endTime" in entity for entity in jobs.values())
    assert not any(str(path) in text for path in (folder, ROOT))
    assert not issues(tmp_path / "crate", tmp_path / "cache", monkeypatch)
    shutil.rmtree(folder / "results/smoke/archive")
    (folder / "logs/smoke/archive.log").unlink()


def test_a_damaged_file_is_named_on_the_screen_and_rebuilt_once_removed(run, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(run[0], folder)
    images = folder / "results/smoke/sr/EDSR-natural-x2-L1-s1.h5"
    before = images.read_bytes()
    images.write_bytes(before[: len(before) // 2])
    target = "results/smoke/quality/custom.csv"
    failed = snakemake(folder, target)
    assert failed.returncode != 0
    assert "EDSR-natural-x2-L1-s1.h5: damaged, or not a collection of images" in failed.stderr
    log = folder / "logs/smoke/quality/custom.log"
    assert "Traceback" in log.read_text()
    images.unlink()
    assert snakemake(folder, target).returncode == 0
    assert images.read_bytes() == before


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("training: {iterations: many}", "configuration: training.iterations: found 'many' (str); allowed: integer"),
        ("networks: {scalez: [2]}", "configuration: networks.scalez: unknown key; allowed: architectures"),
        ("classifiers: {crop: 300}", "configuration: classifiers.crop: found 300, larger than a photo"),
    ],
)
def test_a_wrong_configuration_stops_before_any_job(tmp_path, setting, told):
    (tmp_path / "mine.yaml").write_text(setting)
    refused = snakemake(tmp_path, "--configfile", SMOKE, tmp_path / "mine.yaml")
    assert refused.returncode != 0
    assert refused.stderr.splitlines()[-1].startswith(told)
    assert not (tmp_path / "results").exists()


def test_a_study_has_the_tables_that_its_experiments_are_for(tmp_path):
    """The example of docs/photos.md, less its folder of photos: no backbones, no parsers, no controls."""
    mine = yaml.safe_load((ROOT / "docs/photos.md").read_text().split("# mine.yaml\n")[1].split("```")[0])
    mine["photos"] = {"bundled": ["astronaut", "coffee", "flower"]}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(mine))
    start = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "-n", "--configfile", "mine.yaml"]
    planned = subprocess.run(start, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert planned.returncode == 0, planned.stderr[-2000:]
    assert "tabulate_seed_triplets" in planned.stdout and "plot_separation" in planned.stdout
    for rule in ("tabulate_backbones", "tabulate_parsers", "tabulate_controls", "plot_published_parsing"):
        assert rule not in planned.stdout


@pytest.fixture(scope="module")
def photo_folders(tmp_path_factory):
    """As many files as the paper has photos; on a dry run they are looked at, but not read. Data sets are fetched."""
    folder = tmp_path_factory.mktemp("larger")
    for name, files in {
        "photos": 1000,
        "div2k": 8,
        "flickr2k": 8,
    }.items():
        (folder / "data" / name).mkdir(parents=True)
        first = folder / f"{name}.png"
        Image.new("RGB", (1920, 1280)).save(first)
        for number in range(files):
            shutil.copy(first, folder / "data" / name / f"{number:04}.png")
    return folder


JOBS = {
    "fetch_photographs": {"paper": 2, "factorial": 0},
    "train_network": 176,
    "train_network_with_checkpoints": 4,
    "derive_networks": 1,
    "generate_derived": 1,
    "compare_derived": 1,
    "generate_twin": {"paper": 6, "factorial": 4},
    "compare_twins": 1,
    "interpolate_photos": 8,
    "generate_sr": {"paper": 205, "factorial": 191},
    "extract_residuals": {"paper": 205 + 2 * 180, "factorial": 191 + 180},
    "train_classifier": 4 + 3 + 3 + 3 * 18 + 3 * 3 + 3 + 4 + 3 + 1,
    "apply_classifier": 4 + 3 + 3 + 3 * 18 + 3 * 3 + 3 + 3 + 1,
    "apply_to_unknown": 1,
    "measure_evidence": 1,
    "apply_classifier_to_validation": 3 + 3,
    "attribute_by_prnu": {"paper": 4 + 13, "factorial": 4 + 10},
    "prepare_dataset": 4,
    "check_photos": 1,
    "check_dataset": 4,
    "measure_quality": 2,
    "measure_fingerprints": 1,
    "classify_fingerprint_parts": 1,
    "remove_grid": 1,
    "apply_pipelines": 1,
    "train_on_pipelines": 1,
    "measure_attacks": 1,
}
"""Of the larger sizes: what the paper did, and the controls."""


@pytest.mark.parametrize("size", ["paper", "factorial"])
def test_a_dry_run_of_a_larger_size_tells_its_jobs_and_its_cost(photo_folders, size):
    start = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "-n"]
    arguments = [*start, "--configfile", ROOT / f"config/{size}.yaml"]
    arguments += ["--profile", ROOT / "profiles/slurm"] if size == "paper" else []
    planned = subprocess.run(arguments, cwd=photo_folders, capture_output=True, text=True, check=False)
    assert planned.returncode == 0, planned.stderr[-2000:]
    lines = [line.split() for line in planned.stdout.splitlines()]
    counts = {words[0]: int(words[1]) for words in lines if len(words) == 2 and words[1].isdigit()}
    assert {rule: counts.get(rule, 0) for rule in JOBS} == {
        rule: jobs if isinstance(jobs, int) else jobs[size] for rule, jobs in JOBS.items()
    }
    estimated = planned.stderr.partition("\nRule ")[2].partition("\n\n")[0].splitlines()
    assert estimated[0].split() == ["Jobs", "GPU-hours", "or", "core-hours", "Gigabytes"]
    *rows, together = (line.rsplit(maxsplit=4) for line in estimated[1:])
    assert {
        rule: int(jobs.replace(",", "")) for rule, jobs, *_ in rows if rule != "other rules"
    }.items() <= counts.items()
    assert together[1] == f"{counts['total']:,}"
    assert "180 custom" in planned.stderr and "Not estimated" not in planned.stderr
    assert ("Without a GPU" in planned.stderr) == (size != "paper"), (
        "on a cluster, cores are not those of this machine"
    )
