"""The smallest study that has every kind of job: everything that it makes, published and archived."""

import json
import re
import shutil
from zipfile import ZipFile

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from crate_validation import issues
from finished_study import copy_of
from smoke_study import ROOT, SMOKE, snakemake, started_jobs

from sr_fingerprints.runtime.provenance import version_of_run

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
def run(undisturbed, screen_of_undisturbed, tmp_path_factory):
    """A copy of the finished run, and what that printed."""
    return copy_of(undisturbed, tmp_path_factory.mktemp("run")), screen_of_undisturbed


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
