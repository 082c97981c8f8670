"""The real Snakefile refuses what cannot work before any job, and takes ``~`` for the home folder."""

import os
import subprocess
from importlib.util import find_spec

import pytest
from smoke_study import command

REFUSED = {
    "networks: {own: [{network: mine, scale: 3, weights: x3.pth}]}":
        "configuration: networks.own.0.scale: found 3, which does not divide photos.tile, 128; allowed: ",
    "classifiers: {backbone: convnxt_base}": "configuration: classifiers.backbone: found 'convnxt_base'; allowed: ",
    "seed: 2\nseed: 3": "mine.yaml: line 2: seed: found twice, in line 1 too; allowed: once",
    "training: {learning_rate: 1e-4}":
        "configuration: training.learning_rate: found '1e-4' (str); allowed: number; write 0.0001",
    "figures: {photo: mona_lisa}": "configuration: figures.photo: found 'mona_lisa'; allowed: null, or a ",
    "networks: {settings: {EDSR: {num_fea: 8}}}": "configuration: networks.settings.EDSR.num_fea: unknown setting; ",
}  # fmt: skip


def start(folder, text, *arguments, **environment):
    (folder / "mine.yaml").write_text(text)
    line = command(*arguments)
    line.insert(line.index("--configfile") + 2, folder / "mine.yaml")
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False, env=os.environ | environment)


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_work_stops_before_any_job(tmp_path, text):
    (tmp_path / "x3.pth").write_bytes(b"weights")
    refused = start(tmp_path, text)
    assert refused.returncode != 0
    told = refused.stderr.strip().splitlines()
    assert REFUSED[text] in told[-1] and refused.stdout == ""
    assert [line for line in told[:-1] if not line.startswith(("Using profile", "Config file"))] == []
    assert {path.name for path in tmp_path.iterdir()} <= {"mine.yaml", "x3.pth", ".snakemake"}


def test_a_tilde_is_the_home_folder_for_snakemake_and_for_jobs(tmp_path):
    home, folder = tmp_path / "home", tmp_path / "run"
    home.mkdir()
    folder.mkdir()
    text = "pathvars: {results: ~/made, logs: ~/logs, benchmarks: ~/b}\ndownloads: ~/downloads\n"
    made = start(folder, text, "--", home / "made/networks.csv", HOME=str(home))
    assert made.returncode == 0, made.stderr[-2000:]
    assert {path.name for path in home.iterdir()} - {".cache", ".config"} == {"made", "logs"}
    assert {path.name for path in folder.iterdir()} == {"mine.yaml", ".snakemake"}
    missing = start(folder, "photos: {folder: ~/pics}", HOME=str(home)).stderr
    assert f"photos.folder: found '{home}/pics', which is not a folder" in missing


@pytest.mark.skipif(find_spec("bm3d") is not None, reason="bm3d is installed")
def test_a_denoiser_that_is_not_installed_stops_what_needs_it_before_any_job(tmp_path):
    """Not a dry run, on a machine that the study need not run on, and nothing else."""
    text, made = "prnu: {denoiser: bm3d}", "results/smoke/predictions/custom_prnu_euclidean.h5"
    refused = start(tmp_path, text, made)
    assert refused.returncode != 0 and "starts" not in refused.stdout + refused.stderr
    assert (
        "configuration: prnu.denoiser: found 'bm3d', which is not installed; allowed: wavelet, or " in refused.stderr
    )
    assert not (tmp_path / "results").exists()
    assert start(tmp_path, text, "-n", made).returncode == 0
    assert start(tmp_path, text, "results/smoke/networks.csv").returncode == 0
