"""Images are compared with the photo only where networks were given the photo downscaled and nothing else."""

import numpy as np
import pandas as pd
import pytest

from sr_fingerprints.derived.comparison import compare_with_parents
from sr_fingerprints.figures.patches import most_textured_place
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.fingerprints.measured import chosen_rows
from sr_fingerprints.images.generation import super_resolve
from sr_fingerprints.images.quality import measure_quality
from sr_fingerprints.photos.input_kinds import kinds_of
from sr_fingerprints.photos.low_resolution import upscale
from sr_fingerprints.photos.network_inputs import downscale_photos
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow

ROWS = [
    {"name": "downscaled", "share": 0.5, "native": False, "chain": []},
    {"name": "native", "share": 0.3, "native": True, "chain": []},
    {"name": "downscaled_jpeg", "share": 0.2, "native": False, "chain": [{"jpeg": 50}]},
]
DERIVED = NetworkRow("derived", "NA", scale=2, origin="derived", framework="ncnn")
PARENT = NetworkRow("parent", "NA", scale=2, origin="published", framework="ncnn")


class Interpolation:
    """A network that enlarges bicubically, or is some grey levels brighter than that."""

    scale = 2

    def __init__(self, brighter=0):
        self.brighter, self.details = brighter, {}

    def __call__(self, low, seeds):
        return np.stack([upscale(image, 2) for image in low]) + np.uint8(self.brighter)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Photos, ever more textured, with and without kinds of inputs, and images of two networks."""
    folder = tmp_path_factory.mktemp("study")
    random = np.random.default_rng(0)
    with ImageWriter(folder / "photos.h5", {}) as writer:
        for number in range(24):
            contrast = 10 + 4 * number
            image = random.integers(120 - contrast, 120 + contrast, (24, 24, 3)).astype(np.uint8)
            writer.append(upscale(image, 2), f"p{number}-0-0", f"p{number}", "train" if number < 8 else "test")
    for kinds, rows in (("plain", []), ("several", ROWS)):
        low = folder / f"{kinds}-x2.h5"
        downscale_photos(folder / "photos.h5", 2, low, rows, seed=1)
        for row, brighter in ((PARENT, 0), (DERIVED, 3)):
            super_resolve(Interpolation(brighter), row, low, folder / f"{kinds}-{row.network}.h5", batch_size=4)
    return folder


@pytest.fixture(scope="module")
def compared(study):
    """Names of the test photos that are of the first kind."""
    with ImageFile(study / "several-x2.h5") as low:
        kinds = kinds_of(low.attributes, low.photo)
        tests = low.indices("test")
        names = [str(low.photo[row]) for row in tests if kinds[row].name == "downscaled"]
        assert {kinds[row].name for row in tests} == {row["name"] for row in ROWS}
        assert kinds[tests[-1]].name != "downscaled"  # the most textured photo is of another
    return names


def test_images_tell_what_they_were_made_from(study):
    with ImageFile(study / "several-parent.h5") as several, ImageFile(study / "plain-parent.h5") as plain:
        assert several.attributes["inputs"]["kinds"] == ROWS and "inputs" not in plain.attributes


def test_quality_is_that_of_a_study_of_downscaled_photos_alone(study, compared):
    found = {}
    for kinds in ("plain", "several"):
        images = [study / f"{kinds}-derived.h5"]
        measure_quality(
            study / "photos.h5", [study / f"{kinds}-x2.h5"], images, "test", study / "q.csv", None, "random"
        )
        found[kinds] = pd.read_csv(study / "q.csv").set_index("photo")
    assert found["several"].index.tolist() == compared
    pd.testing.assert_frame_equal(found["several"], found["plain"].loc[compared])


def test_derived_networks_are_compared_with_the_same_photos(study, compared):
    found = {}
    for kinds in ("plain", "several"):
        images = {name: study / f"{kinds}-{name}.h5" for name in ("parent", "derived")}
        compare_with_parents({"derived": "parent"}, images, study / "photos.h5", study / "d.csv")
        found[kinds] = pd.read_csv(study / "d.csv").set_index("photo")
    assert found["several"].index.tolist() == compared
    pd.testing.assert_frame_equal(found["several"], found["plain"].loc[compared])
    assert found["several"].to_parent.between(8.9, 9).all()


def test_fingerprints_are_measured_on_them(study, compared):
    with ImageFile(study / "several-parent.h5") as images:
        rows = chosen_rows(images, {"train": None, "validation": None, "test": None}, seed=1)
        tests = [str(images.photo[row]) for row in rows if images.split[row] == "test"]
        assert tests == compared and len(rows) > len(tests)


def test_the_patch_of_figures_is_of_one_of_them(study, compared):
    low = study / "several-x2.h5"
    most = most_textured_place(study / "plain-x2.h5", 16).photo
    other = next(f"p{number}" for number in range(23, 7, -1) if f"p{number}-0-0" not in compared)
    assert most_textured_place(low, 16).photo in compared
    assert most_textured_place(study / "plain-x2.h5", 16, other).photo == f"{other}-0-0"
    assert most in compared or most_textured_place(low, 16).photo != most
    with pytest.raises(InputError, match=r"figures\.photo: found '" + other + r"'; allowed: .* photo downscaled: p"):
        most_textured_place(low, 16, other)
