"""Photographs by name are fetched before a study reads them; nothing of it is here when its jobs are planned."""

import io
import tarfile

import numpy as np
import pytest
import yaml
from PIL import Image
from smoke_study import SMOKE, snakemake, started_jobs

from sr_fingerprints.files.images import ImageFile

JOBS = [("fetch_photographs", " bsd100"), ("fetch_photographs", " set14")]


def pictures(path, count, suffix):
    """An archive with pictures of noise, and with a file that is none."""
    random = np.random.default_rng(len(path))
    with tarfile.open(fileobj=(stream := io.BytesIO()), mode="w:gz") as archive:
        for number in range(count):
            picture = io.BytesIO()
            Image.fromarray(random.integers(0, 256, (128, 160, 3), dtype=np.uint8)).save(picture, suffix)
            entry = tarfile.TarInfo(f"{path}/{number:03}.{'jpg' if suffix == 'JPEG' else 'png'}")
            entry.size = len(picture.getvalue())
            archive.addfile(entry, io.BytesIO(picture.getvalue()))
        archive.addfile(tarfile.TarInfo(f"{path}/readme.txt"))
    return stream.getvalue()


@pytest.fixture(scope="module")
def overlay(tmp_path_factory):
    """A folder with archives that were put there by hand, and a study that names them."""
    folder = tmp_path_factory.mktemp("fetching")
    photos = {"fetch": "set14", "tile": 128}
    datasets = {"natural": {"fetch": "bsd100", "fraction": 0.1}}
    (folder / "mine.yaml").write_text(yaml.safe_dump({"photos": photos, "datasets": datasets}))
    (folder / "downloads").mkdir()
    (folder / "downloads/Set14_HR.tar.gz").write_bytes(pictures("Set14_HR", 14, "PNG"))
    (folder / "downloads/BSDS300-images.tgz").write_bytes(pictures("BSDS300/images/test", 100, "JPEG"))
    return folder


BOTH = ["--configfile", str(SMOKE), "mine.yaml"]
WANTED = ["results/smoke/photos.h5", "results/smoke/datasets/natural.h5"]


def test_a_study_runs_on_photographs_by_name(overlay):
    done = snakemake(overlay, *WANTED, *BOTH)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "To download: 27 MB of photographs. bsd100: BSD100, the test images of the Berkeley" in done.stderr
    jobs = started_jobs(done.stderr)
    assert sorted(jobs) == [*JOBS, ("prepare_dataset", " natural"), ("prepare_photos", "")]
    with ImageFile(overlay / WANTED[0]) as photos, ImageFile(overlay / WANTED[1]) as natural:
        assert set(photos.source) == {f"{number:03}.png" for number in range(14)}
        assert len(natural.photo) == 10 and set(natural.photo) < {f"{number:03}.jpg" for number in range(100)}
    again = snakemake(overlay, "-n", *WANTED, *BOTH)
    assert "Nothing to be done" in again.stdout + again.stderr
