"""Studies of a part, planned, and run to the report: networks of one's own alone, custom ones, published ones."""

import json
import re
import subprocess
import sys

import pandas as pd
import pytest
import safetensors.torch
import torch
import yaml
from parts_of_studies import NEED_GIVEN, NEED_TRAINED, ORIGINS, ROWS, config_of, expected_items, possible
from smoke_study import ROOT, SMOKE, snakemake
from spandrel.architectures.Compact import Compact

CUSTOM = {"name": "custom_attribution", "task": "network"}
GIVEN = {"name": "which_of_mine", "task": "network", "train_on": ["published"]}
PRNU = {"name": "by_prnu", "task": "network", "train_on": ["published"], "method": "prnu_euclidean"}
PHOTOS = {"name": "or_none_of_them", "task": "network", "train_on": ["published", "real", "interpolated"]}
NONE = {"architectures": [], "published": [], "own": [], "twins": [], "derived": []}
PUBLISHED = yaml.safe_load(SMOKE.read_text())["networks"]["published"]

COMMON = {
    "tables": {"datasets", "quality", "grid_energy", "photo_sources", "pipelines"},
    "figures": {"overview", "patches", "quality", "network_residuals", "network_spectra"}
    | {"photo_sources", "pipelines"},
}
OF_ATTRIBUTION = {
    "tables": {"attacks", "fingerprint_parts"},
    "figures": {"attacks", "confusion", "network_dendrogram"},
}
OF_DEGRADED_IMAGES = {"tables": {"robustness"}, "figures": {"robustness", "robustness_by_network"}}
OF_EVIDENCE = {
    "tables": {"calibration", "likelihood_ratios", "conformal_sets", "evidence_growth"},
    "figures": {"calibration", "likelihood_ratios", "evidence_growth"},
}
OF_GIVEN = {"tables": {"published_networks", "values"}, "figures": {"separation", "tsne_published"}}
OF_CUSTOM = {
    "tables": {"accuracy_by_hyperparameter", "seed_triplets", "values", "nearest_networks"},
    "figures": {"tsne_custom", "seed_triplets"},
}
OTHERS = {"tables": {"prnu", "controls"}, "figures": set()}
OF_SINGLE_IMAGES = {
    "tables": {"attribution", "attribution_groups", "attribution_sources", "attribution_parsers"},
    "figures": {"attribution_coverage", "attribution_confusion"},
}
STUDIES = {
    "own": (
        {},
        [GIVEN, PRNU, PHOTOS],
        [COMMON, OF_ATTRIBUTION, OF_DEGRADED_IMAGES, OF_EVIDENCE, OF_GIVEN, OTHERS, OF_SINGLE_IMAGES],
    ),
    "custom": ({"architectures": ["EDSR"]}, [CUSTOM], [COMMON, OF_ATTRIBUTION, OF_CUSTOM]),
    "published": ({"published": PUBLISHED}, [GIVEN], [COMMON, OF_ATTRIBUTION, OF_GIVEN]),
}
WITHOUT = {"degradations": [], "evidence": {"classifiers": 0}}
"""What a study may also leave out; all but the first do."""


def own_networks(folder):
    """Three networks of 1X, 2X and 8X, in the format of a checkpoint."""
    rows = []
    for scale in (1, 2, 8):
        torch.manual_seed(scale)
        weights = Compact(num_feat=8, num_conv=2, upscale=scale).state_dict()
        safetensors.torch.save_file(weights, folder / f"of_{scale}x.safetensors")
        rows.append({"network": f"of_{scale}x", "scale": scale, "weights": f"of_{scale}x.safetensors"})
    return rows


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_of_one_origin_ends_with_a_report_of_what_it_has(tmp_path, name):
    networks, experiments, parts = STUDIES[name]
    networks = NONE | networks | ({"own": own_networks(tmp_path)} if name == "own" else {})
    part = {"networks": networks, "experiments": experiments}
    part["attribution"] = {"experiment": PHOTOS["name"] if PHOTOS in experiments else None}
    part |= WITHOUT if OF_EVIDENCE not in parts else {}
    (tmp_path / "part.yaml").write_text(yaml.safe_dump(part))
    finished = snakemake(tmp_path, "--configfile", SMOKE, tmp_path / "part.yaml")
    assert finished.returncode == 0, finished.stderr[-4000:]

    results = tmp_path / "results/smoke"
    for folder, suffix in (("tables", "csv"), ("figures", "png")):
        assert {path.stem for path in (results / folder).glob(f"*.{suffix}")} == set.union(
            *(part[folder] for part in parts)
        )
    empty = {table.stem for table in (results / "tables").glob("*.csv") if pd.read_csv(table).empty}
    assert empty <= {"attribution_groups"}  # all networks may be told apart
    report = "".join(path.read_text() for path in sorted((results / "report").glob("*.html")))
    report = re.sub(r"<(script|style)>.*?</\1>", "", report, flags=re.DOTALL)
    assert "What this study is without" in report and "No parsing of hyperparameters, so no table parsers" in report
    assert not re.search(r"\b(nan|inf)\b", report)

    quality = pd.read_csv(results / "tables/quality.csv").set_index("network")
    if name == "own":
        assert "0 custom networks, 0 published ones, 3 own ones" in report and "Own networks by PRNU" in report
        assert "own networks: pristine" in report and "published networks: pristine" not in report
        assert pd.isna(quality.psnr_gain["of_1x"]) and quality.psnr_mean["of_1x"] > 5
        assert quality.psnr_gain[["of_2x", "of_8x"]].notna().all()
        controls = pd.read_csv(results / "tables/controls.csv")
        assert "interpolated photos recognised as interpolated" in set(controls.measured)
        classes = {path.stem for path in (results / "sr").glob("*.h5")}
        of_photos = {f"{kernel}-x{scale}" for kernel in ("bicubic", "nearest") for scale in (2, 8)} | {"real_jpeg"}
        assert classes == {"of_1x", "of_2x", "of_8x"} | of_photos, "1X interpolated are the photos"
    assert (results / "datasets").exists() == (name == "custom")
    assert "Nothing to be done" in snakemake(tmp_path, "--configfile", SMOKE, tmp_path / "part.yaml").stderr


PLANNED = """
import contextlib, io, json, pathlib, sys
from snakemake.cli import main
found = {}
for config in sorted(pathlib.Path().glob("*.yaml")):
    out, error, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            main(["--snakefile", sys.argv[1], "--configfile", str(config), "-n", "--cores", "1"])
        except SystemExit as ended:
            code = ended.code
    found[config.stem] = [code, out.getvalue(), error.getvalue()]
pathlib.Path("planned.json").write_text(json.dumps(found))
"""


def planned(folder, configs):
    """Rules of the jobs that Snakemake plans for each of these configurations, by name, in one process."""
    for name, config in configs.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(config))
    command = [sys.executable, "-c", PLANNED, ROOT / "Snakefile"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    answers = json.loads((folder / "planned.json").read_text())
    for name, (code, _, error) in answers.items():
        assert code == 0, f"{name}: {error[-2000:]}"
    tables = {name: out.split("Job stats:")[1].split("\n\n")[0] for name, (_, out, _) in answers.items()}
    return {
        name: {line.split()[0] for line in table.splitlines()[3:]} - {"all", "total"}
        for name, table in tables.items()
    }


MAKING = {"tables": "tabulate", "figures": "plot"}


def test_snakemake_plans_studies_of_every_origin_and_of_every_kind_of_experiment(tmp_path):
    """All kinds that an origin can have together, and each kind by itself."""
    for number in (1, 2):
        (tmp_path / f"own{number}.pth").write_bytes(b"weights %d" % number)
    chosen = {"-".join(origins): (origins, possible(origins)) for origins in ORIGINS}
    chosen |= {
        f"alone-{kind}": (["custom"] if kind in NEED_TRAINED - NEED_GIVEN else ["custom", "own"], [kind])
        for kind in ROWS
    }
    found = planned(tmp_path, {name: config_of(*parts) for name, parts in chosen.items()})
    assert len(found) == len(chosen) == 17
    for name, (origins, kinds) in chosen.items():
        expected = {f"{MAKING[item.split('/')[0]]}_{item.split('/')[1]}" for item in expected_items(kinds, origins)}
        made = {rule for rule in found[name] if rule.startswith(("tabulate_", "plot_"))} - {"tabulate_networks"}
        assert made == expected and {"write_findings", "cut_patches", "write_report"} <= found[name], name
        trains = {"train_network", "prepare_dataset"}
        assert (trains & found[name]) == (trains if "custom" in origins else set()), name
