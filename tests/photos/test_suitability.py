"""What figures and PRNU ask of single photos is checked as soon as these are read."""

import re

import numpy as np
import pytest

from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.photos.input_kinds import as_attributes, kinds_of
from sr_fingerprints.photos.suitability import check_suitable
from sr_fingerprints.runtime.errors import InputError

TILES = ["test.png-0-0", "test.png-0-120"]
PRNU = {"denoiser": "wavelet", "sigma": 5, "crop": 64, "grid": "free", "shift": [0, 0], "training_photos": None}


@pytest.fixture
def photos(tmp_path):
    """A training photo, and a test photo of 80 x 120 pixels, of two tiles."""
    path = tmp_path / "photos.h5"
    with ImageWriter(path, {}) as writer:
        writer.append(np.zeros((64, 64, 3), np.uint8), "p0.png", "p0.png", "train")
        for name in TILES:
            writer.append(np.zeros((80, 120, 3), np.uint8), name, "test.png", "test")
    return path


@pytest.mark.parametrize("figure_photo", [None, "test.png", "test.png-0-120"])
@pytest.mark.parametrize("changes", [{}, {"shift": [8, -28]}, {"crop": 80, "shift": [0, 20]}])
def test_what_there_is_is_accepted(photos, figure_photo, changes):
    check_suitable(photos, figure_photo, {"experiments.3.prnu": PRNU | changes}, period=4)


@pytest.mark.parametrize(
    ("figure_photo", "changes", "told"),
    [
        ("p0.png", {}, "figures.photo: found 'p0.png'; allowed: null, or a test photo: test.png"),
        ("test.png-0-60", {}, "figures.photo: found 'test.png-0-60'; allowed: null, or a test photo: test.png"),
        (
            *(
                None,
                {"shift": [9, 0]},
                "experiments.3.prnu.shift: found [9, 0], which moves crops of 64 pixels out of ",
            ),
        ),
        (None, {"shift": [0, -29]}, "test.png-0-0, of 120 x 80 pixels; allowed: smaller shifts, smaller crops or "),
        (None, {"grid": "snapped", "shift": [-9, 0]}, "experiments.3.prnu.shift: found [-9, 0]"),
    ],
)
def test_what_there_is_not_is_named(photos, figure_photo, changes, told):
    with pytest.raises(InputError, match=rf"^configuration: .*{re.escape(told)}"):
        check_suitable(photos, figure_photo, {"experiments.3.prnu": PRNU | changes}, period=4)


WEB = [{"name": "web", "share": 0.5, "native": True}, {"name": "plain", "share": 0.5}]


def test_a_figure_shows_what_networks_are_given_downscaled(photos):
    kinds = {seed: [kind.name for kind in kinds_of(as_attributes(WEB, seed), TILES)] for seed in range(20)}
    first = next(seed for seed, names in kinds.items() if names == ["plain", "web"])
    neither = next(seed for seed, names in kinds.items() if names == ["web", "web"])
    for photo in (None, "test.png", TILES[0]):
        check_suitable(photos, photo, {}, 4, WEB, first)
    with pytest.raises(
        InputError, match=r"figures\.photo: found 'test.png-0-120'; allowed: null, or a test photo that "
    ):
        check_suitable(photos, TILES[1], {}, 4, WEB, first)
    with pytest.raises(InputError, match=r"^generate\.inputs: found kinds of which no test photo of 2 is downscaled"):
        check_suitable(photos, None, {}, 4, WEB, neither)
