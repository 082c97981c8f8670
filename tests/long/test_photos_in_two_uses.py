"""Photos that come to the study after networks were trained on them, or before: no image is made of them."""

import re

import pytest
from finished_study import planned_jobs
from photos_in_two_uses import IMAGES, SETTINGS, WEIGHTS, photos_in, training_in, workflow


@pytest.fixture
def folder(tmp_path):
    """Six photos."""
    return photos_in(tmp_path)


@pytest.fixture
def training(tmp_path):
    """A photo to train on."""
    return training_in(tmp_path)


def test_no_image_is_made_while_a_photo_is_in_two_uses_and_removing_it_mends_that(folder, training, tmp_path):
    """At first, and when a photo that networks were trained on comes to the study later."""
    (folder / "p1 (1).png").write_bytes((folder / "p1.png").read_bytes())
    (folder / "late.png").write_bytes((training / "q.png").read_bytes())
    images, weights = tmp_path / IMAGES, tmp_path / WEIGHTS
    refused = r"^check_dataset natural.* failed: datasets\.natural: found training/q\.png, .* work/photos/late\.png"
    told = workflow(tmp_path, SETTINGS % "training", IMAGES)
    assert told.returncode and re.search(refused, told.stderr, re.M)
    assert "prepare_photos: p1 (1).png: same pixels as p1.png, which alone is used" in told.stderr
    assert not images.exists()
    (folder / "late.png").unlink()
    table = "results/smoke/copies.csv"
    assert workflow(tmp_path, SETTINGS % "training", IMAGES, table).returncode == 0
    assert (tmp_path / table).read_text().splitlines()[1:] == [
        "photos,work/photos/p1 (1).png,work/photos/p1.png,photos"
    ]
    before, trained = images.read_bytes(), weights.stat().st_mtime_ns
    (folder / "late.png").write_bytes((training / "q.png").read_bytes())
    for _ in range(2):
        told = workflow(tmp_path, SETTINGS % "training", IMAGES)
        assert told.returncode and re.search(refused, told.stderr, re.M)
        assert images.read_bytes() == before
    (folder / "late.png").unlink()
    again = {"prepare_photos": 1, "check_dataset": 1, "downscale_photos": 1, "generate_sr": 1}
    assert planned_jobs(workflow(tmp_path, SETTINGS % "training", IMAGES, "--dry-run").stdout) == again
    assert workflow(tmp_path, SETTINGS % "training", IMAGES).returncode == 0
    assert images.read_bytes() == before and weights.stat().st_mtime_ns == trained
    assert planned_jobs(workflow(tmp_path, SETTINGS % "training", IMAGES, "--dry-run").stdout) == {}


def test_what_else_changes_with_the_photos_is_seen_in_the_same_run(folder, training, tmp_path):
    """Snakemake looks for no changes in what follows from an `ancient` input that is made anew: there is none."""
    assert workflow(tmp_path, SETTINGS % "training", IMAGES).returncode == 0
    (folder / "p0.png").unlink()
    changed = SETTINGS % "training" + "training: {iterations: 5}\n"
    told = workflow(tmp_path, changed, IMAGES, "results/smoke/photos-x2.h5", "--dry-run")
    assert planned_jobs(told.stdout)["train_network"] == 1, "of both"
    assert workflow(tmp_path, SETTINGS % "training", "results/smoke/datasets/natural-x2.h5").returncode == 0
    (tmp_path / "results/smoke/datasets/natural-x2.h5").unlink()
    told = workflow(tmp_path, SETTINGS % "training", "results/smoke/datasets/natural-x2.h5", "--dry-run")
    assert planned_jobs(told.stdout) == {"downscale_photos": 1}
