"""config/own_upscaler.yaml as it is, but for bundled photos, a packaged network, and a bundle made here."""

import subprocess
import sys

import pandas as pd
import yaml
from answering_bundles import answering_bundle
from smoke_study import ROOT

from sr_fingerprints.attribution.bundle import read_bundle, write_bundle
from sr_fingerprints.attribution.export import export_bundle

CHANGED = {
    "photos": {"folder": None, "longest_side": 512, "tile": 128},
    "networks": {"own": [], "published": ["Waifu2xPhoto-NA-x2-L1-NA-pretrained"]},
    "attribution": {"extends": "given.safetensors", "images": {"train": 6, "validation": 6, "test": 6}},
}


def test_a_network_joins_a_bundle_and_nothing_is_trained(tmp_path):
    write_bundle(answering_bundle(), tmp_path / "given.safetensors")
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(CHANGED))
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--cores", "2", "--configfile"]
    finished = subprocess.run(
        [*command, ROOT / "config/own_upscaler.yaml", tmp_path / "mine.yaml"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr[-4000:]
    assert "train_" not in finished.stderr
    results = tmp_path / "results/own_upscaler"
    table = pd.read_csv(results / "tables/attribution_own.csv")
    assert set(table.network) == {"Waifu2xPhoto-NA-x2-L1-NA-pretrained"} and (table.images == 6).all()
    assert "Which network made a single image?" in (results / "findings.rst").read_text()
    bundle = export_bundle(results, tmp_path / "mine.safetensors")
    assert read_bundle(tmp_path / "mine.safetensors").sha256 == bundle.sha256
    assert bundle.model.sources[-1].name == "Waifu2xPhoto-NA-x2-L1-NA-pretrained"
