"""The real Snakefile, run to the end on a small study, run again, and given what it must refuse."""

import re
import subprocess
import sys

import h5py
import pandas as pd
import pytest
import yaml
from smoke_study import ROOT, SMOKE, command, snakemake, started_jobs

from sr_fingerprints.runtime.provenance import VERSION, version_of_run

SMALL = ["--configfile", SMOKE, SMOKE.with_name("small.yaml")]
TABLES = ["datasets", "quality", "accuracy_by_hyperparameter", "prnu", "parsers", "values", "fingerprint_parts"]
TABLES += ["grid_energy", "pipelines", "photo_sources", "attacks"]
FIGURES = ["overview", "patches", "quality", "tsne_custom", "network_spectra", "network_residuals", "confusion"]
FIGURES += ["network_dendrogram", "pipelines", "photo_sources", "attacks"]
NETWORKS = ["EDSR-natural-x2-L1-s1", "EDSR-natural-x2-ResNet_GAN-s1", "Waifu2xPhoto-NA-x2-L1-NA-pretrained"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One finished run: its folder, and what it printed."""
    folder = tmp_path_factory.mktemp("run")
    finished = snakemake(folder, *SMALL)
    assert finished.returncode == 0, finished.stderr[-4000:]
    return folder, finished.stderr


def test_every_table_and_figure_is_made_and_is_in_the_report(run):
    """tests/long/test_whole_study.py says the same of the study that has all of them, and more."""
    results = run[0] / "results/smoke"
    assert {path.stem for path in (results / "tables").glob("*.csv")} == set(TABLES)
    assert {path.stem for path in (results / "figures").glob("*.png")} == set(FIGURES)
    pages = {path.stem: path.read_text() for path in (results / "report").glob("*.html")}
    for name in TABLES:
        assert len(pd.read_csv(results / f"tables/{name}.csv")) > 0
        assert (results / f"report/tables/{name}.csv").read_bytes() == (results / f"tables/{name}.csv").read_bytes()
        assert f"scripts/tabulate_{name}.py" in pages["making"] and f'href="tables.html#{name}"' in pages["index"]
    for name in FIGURES:
        assert (results / f"figures/{name}.png").read_bytes().startswith(b"\x89PNG")
        pdf = (results / f"report/figures/{name}.pdf").read_bytes()
        assert pdf.startswith(b"%PDF") and b"/CIDFontType2" in pdf, "letters stay letters of a TrueType font"
        assert f"scripts/plot_{name}.py" in pages["making"] and f'href="figures.html#{name}"' in pages["index"]
    assert {path.stem for path in (results / "report/networks").glob("*.html")} == set(NETWORKS)
    assert all(version_of_run(ROOT) in page for page in pages.values())
    assert "2 custom networks, 1 published one" in pages["findings"]


def test_accuracies_stand_beside_chance_in_their_interval(run):
    for name in ("accuracy_by_hyperparameter", "prnu", "parsers", "fingerprint_parts"):
        table = pd.read_csv(run[0] / f"results/smoke/tables/{name}.csv")
        table = table[table.iloc[:, 0] != "difference"]
        assert table.accuracy_low.le(table.accuracy_mean + 1e-9).all(), name
        assert table.accuracy_mean.le(table.accuracy_high + 1e-9).all() and table.chance.between(0, 100).all(), name


def test_every_network_has_super_resolved_every_photo_in_its_own_way(run):
    results = run[0] / "results/smoke"
    with h5py.File(results / "photos.h5") as photos:
        shape, names = photos["images"].shape, photos["photo"][:].tolist()
    images = {}
    for network in NETWORKS:
        with h5py.File(results / f"sr/{network}.h5") as file:
            assert file["images"].shape == shape and file["photo"][:].tolist() == names
            images[network] = file["images"][:].tobytes()
    assert len(set(images.values())) == len(NETWORKS)


def test_it_tells_how_far_it_is_and_every_job_has_a_log(run):
    folder, printed = run
    assert "(100%) done" in printed
    jobs = started_jobs(printed)
    logs = list((folder / "logs/smoke").rglob("*.log"))
    assert len(jobs) == len(set(jobs)) == len(logs) == 55


def test_nothing_is_written_elsewhere(run):
    made = {path.name for path in run[0].iterdir()}
    assert made == {"results", "logs", "benchmarks", ".snakemake"}


def test_a_second_run_has_nothing_to_do(run):
    again = snakemake(run[0], *SMALL)
    assert again.returncode == 0
    assert "Nothing to be done" in again.stderr


def test_another_commit_makes_the_report_anew_and_nothing_else(run, monkeypatch):
    monkeypatch.setenv(VERSION, "commit another")
    planned = snakemake(run[0], "-n", *SMALL)
    assert planned.returncode == 0, planned.stderr[-2000:]
    table = planned.stdout.split("Job stats:")[1].split("\n\n")[0]
    assert dict(re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)) == {"write_report": "1", "all": "1", "total": "2"}


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
