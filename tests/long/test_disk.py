"""Disks that are full, or may not be written: the screen says so and names the file, and nothing is lost."""

import contextlib
import re
import shutil

import numpy as np
import pytest
import torch
from finished_study import RESULTS, copy_of, differences, files_of
from small_disks import needs_mount, small_disk
from smoke_study import snakemake

from sr_fingerprints.files.atomic import write_bytes
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.files.training_checkpoints import read_checkpoint, write_checkpoint
from sr_fingerprints.runtime.errors import InputError

pytestmark = needs_mount

MADE_ANEW = {
    "sr/EDSR-natural-x2-L1-s2.h5": "generate_sr",
    "networks/EDSR-natural-x2-ResNet_GAN-s2.safetensors": "train_network",
    "networks/EDSR-natural-x2-ResNet_GAN-s2.csv": "train_network",
    "classifiers/loss_without_seed_2-s1.safetensors": "train_classifier",
    "classifiers/loss_without_seed_2-s1.csv": "train_classifier",
    "predictions/control_twins-s1.h5": "apply_classifier",
    "prnu/wavelet-5-64-free/EDSR-natural-x2-L1-s1.h5": "extract_residuals",
    "tables/datasets.csv": "tabulate_datasets",
    "tables/datasets.tex": "tabulate_datasets",
    "figures/overview.png": "plot_overview",
    "figures/overview.pdf": "plot_overview",
}
"""What is removed and asked for again, one file or two of each stage; no file is made from another."""

TARGETS = [str(RESULTS / name) for name in MADE_ANEW]


def told(screen, why):
    """The rules whose failure was told on the screen in one line with a file's name and the reason."""
    return set(re.findall(rf"^(\w+)[^\n]* failed: \S*{RESULTS}/\S+: [^\n]*{why}", screen, re.MULTILINE))


@pytest.fixture
def study(undisturbed, tmp_path):
    """A finished study whose results lie on a small disk, but for what is asked for again."""
    size = sum(path.stat().st_size for path in files_of(undisturbed).values())
    with small_disk(tmp_path / "results", size // 2**20 + 20) as disk:
        copy_of(undisturbed, tmp_path)
        for name in MADE_ANEW:
            (tmp_path / RESULTS / name).unlink()
        yield tmp_path, disk


def test_a_full_disk_is_told_by_file_and_the_run_goes_on_once_there_is_space(study, undisturbed):
    folder, disk = study
    disk.fill()
    failed = snakemake(folder, *TARGETS)
    disk.free()
    assert failed.returncode != 0
    assert told(failed.stderr, "no space left on the disk") == set(MADE_ANEW.values()), failed.stderr
    assert not set(MADE_ANEW) & files_of(folder).keys()
    hidden = {path.name for path in (folder / "results").rglob(".*") if path.is_file()}
    assert hidden <= {".snakemake_timestamp"}, "what Snakemake keeps in outputs that are folders"
    assert snakemake(folder, *TARGETS).returncode == 0
    assert differences(folder, undisturbed) == []


def test_a_folder_that_may_not_be_written_is_told_before_any_job(study, undisturbed):
    folder, disk = study
    disk.make("ro")
    refused = snakemake(folder, *TARGETS)
    planned = snakemake(folder, "-n", *TARGETS)
    disk.make("rw")
    assert refused.returncode != 0
    assert refused.stderr.splitlines()[-1] == (
        f"configuration: pathvars.results: found '{RESULTS}', and {RESULTS} is not writable, or is on a "
        "read-only disk; allowed: a writable folder"
    )
    assert ": starts" not in refused.stderr
    assert planned.returncode == 0
    assert files_of(undisturbed).keys() - files_of(folder).keys() == set(MADE_ANEW)


def test_logs_and_snakemakes_own_files_on_the_full_disk_too(undisturbed, tmp_path):
    chosen = ["prnu/wavelet-5-64-free/EDSR-natural-x2-L1-s1.h5", "tables/datasets.csv"]
    targets = [str(RESULTS / name) for name in chosen]
    with small_disk(tmp_path / "all", 200) as disk:
        folder = copy_of(undisturbed, tmp_path / "all")
        shutil.rmtree(folder / ".snakemake/log")
        for name in chosen:
            (folder / RESULTS / name).unlink()
        disk.fill()
        failed = snakemake(folder, *targets)
        disk.free()
        assert failed.returncode != 0
        assert "No space left on device" in failed.stderr or "no space left on the disk" in failed.stderr
        assert not set(chosen) & files_of(folder).keys()
        snakemake(folder, "--unlock")
        assert snakemake(folder, *targets).returncode == 0
        assert differences(folder, undisturbed) == []


def write_images(path):
    random = np.random.default_rng(0)
    with ImageWriter(path, {"scale": 2}) as writer:
        for number in range(8):
            writer.append(random.integers(0, 256, (70, 90, 3), np.uint8), f"photo{number}", "source", "test")


def read_images(path):
    with ImageFile(path) as images:
        return [images.image(row).tobytes() for row in range(len(images))]


def write_state(path):
    torch.manual_seed(0)
    write_checkpoint(path, "training", {"weights": torch.randn(40_000)})


def read_state(path):
    return read_checkpoint(path, "training")["weights"].numpy().tobytes()


@pytest.mark.parametrize(
    ("write", "read"),
    [(write_images, read_images), (write_state, read_state)],
    ids=["images", "checkpoint"],
)
def test_a_file_is_whole_or_the_old_one_is_kept_however_much_space_is_left(tmp_path, write, read):
    with small_disk(tmp_path / "disk", 4) as disk:
        path = disk.folder / "file"
        write(path)
        needed, content = path.stat().st_size, read(path)
        write_bytes(path, b"the old one")
        outcomes = set()
        for left in range(0, needed + 2**16, 2**12):
            disk.fill(left)
            with contextlib.suppress(InputError):
                write(path)
            disk.free()
            if path.read_bytes() == b"the old one":
                outcomes.add("old")
            else:
                assert read(path) == content
                outcomes.add("new")
                write_bytes(path, b"the old one")
            assert [left.name for left in disk.folder.iterdir()] == ["file"]
        assert outcomes == {"old", "new"}


def test_the_reason_is_given_with_the_file(tmp_path):
    with small_disk(tmp_path / "disk", 1) as disk:
        writers = (write_images, write_state, lambda path: write_bytes(path, b"0" * 2**20))
        for write in writers:
            disk.fill(2**14)
            with pytest.raises(InputError, match=r"disk/file: no space left on the disk while writing it; free some"):
                write(disk.folder / "file")
            disk.free()
        disk.make("ro")
        for write in writers:
            with pytest.raises(InputError, match=r"disk/file: cannot be written \(Read-only file system\); make its"):
                write(disk.folder / "file")
        disk.make("rw")
