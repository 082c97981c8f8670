"""The paper's size and the factorial one, planned and not run: their jobs, and what they would cost."""

import shutil
import subprocess
import sys

import pytest
from PIL import Image
from smoke_study import ROOT


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
