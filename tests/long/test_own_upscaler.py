"""config/own_upscaler.yaml as it is, but for bundled photos, a packaged network, and a bundle made here."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import yaml
from answering_bundles import answering_bundle
from smoke_study import ROOT

from sr_fingerprints.attribution.bundle import read_bundle, write_bundle
from sr_fingerprints.attribution.export import export_bundle
from sr_fingerprints.attribution.residual_fingerprints import ResidualFingerprints

CHANGED = {
    "photos": {"folder": None, "longest_side": 512, "tile": 128},
    "networks": {"own": [], "published": ["Waifu2xPhoto-NA-x2-L1-NA-pretrained"]},
    "attribution": {"extends": "given.safetensors", "images": {"train": 6, "validation": 6, "test": 6}},
}


def test_a_network_joins_a_bundle_and_nothing_is_trained(tmp_path):
    given = answering_bundle()
    patterns = np.random.default_rng(0).normal(size=(len(given.model.sources), 4, 4, 3)).astype(np.float32)
    known = ResidualFingerprints(patterns, np.array([0.5], np.float32), np.array([True]))
    write_bundle(replace(given, residuals=known), tmp_path / "given.safetensors")
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
    assert len(bundle.residuals.values) == len(bundle.model.sources) and len(bundle.residuals.best) > 1
    assert bundle.model.sources[-1].name == "Waifu2xPhoto-NA-x2-L1-NA-pretrained"
