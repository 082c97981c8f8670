"""Figure 1 has the numbers of the study, and shows images of it."""

import numpy as np
import pytest
from interpolating_networks import write_collections
from readable_figures import drawn

from sr_fingerprints.figures.diagram import Box
from sr_fingerprints.figures.overview import plot_overview
from sr_fingerprints.figures.overview_texts import study_parts
from sr_fingerprints.figures.selection import networks_in_overview
from sr_fingerprints.study.experiments import experiment_table
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table
from sr_fingerprints.study.networks import REAL, custom_networks, interpolated, twin_networks

FACTORIAL = {
    "architectures": ["EDSR", "RCAN"],
    "scales": [2, 4],
    "losses": ["L1", "VGG_GAN", "ResNet_GAN"],
    "datasets": ["natural", "texture"],
    "seeds": [1, 2, 3],
}
ATTRIBUTION = {"name": "custom_attribution", "task": "network", "seeds": [1, 2, 3]}
EXPERIMENTS = [
    ATTRIBUTION,
    {"name": "seed_1_attribution", "task": "network", "only": {"seed": 1}},
    {"name": "backbone", "task": "network", "train_on": ["custom", "published"]},
    {"name": "loss_parser", "task": "loss", "seeds": [1, 2]},
    {"name": "loss_without_L1", "task": "loss", "withhold": {"loss": "L1"}},
    {"name": "scale_without_RCAN", "task": "scale", "withhold": {"architecture": "RCAN"}},
    {"name": "euclidean", "task": "network", "method": "prnu_euclidean"},
    {"name": "correlation", "task": "network", "method": "prnu_correlation"},
    {"name": "shuffled", "task": "network", "shuffle_labels": True, "control_of": "custom_attribution"},
    {"name": "twins", "task": "network", "train_on": ["twin"]},
    {"name": "prnu_of_twins", "task": "network", "train_on": ["twin"], "method": "prnu_euclidean"},
    {"name": "real", "task": "network", "train_on": ["published", "real", "interpolated"]},
]


@pytest.fixture(scope="module")
def networks():
    """48 custom networks, 2 published ones of 4X, 2 twins, 2 interpolations and the photos."""
    published = [
        NetworkRow(name, name, scale=4, loss=loss, origin="published", framework="torch")
        for name, loss in (("Pixel_Net", "L1"), ("Sharp_Net", "its_own"))
    ]
    studied = custom_networks(FACTORIAL) + published
    twins = twin_networks([{"network": "Sharp_Net", "precision": "bfloat16"}], studied, {"precision": "float32"})
    return network_table([*studied, *twins, REAL, *interpolated([2, 4])])


PLAIN = str.maketrans({"\N{MULTIPLICATION SIGN}": "x", "\N{EN DASH}": "-", "\N{NO-BREAK SPACE}": " "})


def texts_of(axes):
    """The texts of a figure, in characters that keyboards have."""
    return [text.get_text().translate(PLAIN) for text in axes.texts]


def figure_of(folder, networks, rows, tiles=1):
    """Figure 1 of a study with these rows of experiments."""
    experiments = experiment_table(rows)
    names = networks_in_overview(networks, experiments)
    write_collections(folder, networks, names, tiles)
    files = [folder / f"photos-x{scale}.h5" for scale in (2, 4)], [folder / f"{name}.h5" for name in names]
    return drawn(
        lambda pdf, png: plot_overview(folder / "photos.h5", *files, networks, experiments, pdf, png, side=32), folder
    )


def test_overview_is_drawn_twice_with_the_same_bytes(networks, tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        figure_of(tmp_path / name, networks, EXPERIMENTS)
    for suffix in ("pdf", "png"):
        first, second = (
            [path.read_bytes() for path in sorted((tmp_path / name).glob(f"*.{suffix}"))]
            for name in ("first", "second")
        )
        assert len(first) == 1 and first == second


def test_the_first_network_of_each_scale_group_and_kind_of_loss_is_shown(networks):
    custom = [f"EDSR-natural-x{scale}-{loss}-s1" for loss in ("L1", "VGG_GAN") for scale in (2, 4)]
    published = ["Pixel_Net", "Sharp_Net"]
    assert networks_in_overview(networks, experiment_table([ATTRIBUTION])) == custom + published
    everything = experiment_table(EXPERIMENTS)
    assert networks_in_overview(networks, everything) == [*custom, *published, "bicubic-x2", "bicubic-x4"]
    without = experiment_table([row for row in EXPERIMENTS if row["name"] != "real"])
    assert networks_in_overview(networks, without) == [*custom, *published, "Sharp_Net-twin1"]


def test_experiments_are_counted_by_what_they_tell_apart(networks):
    found = {}
    for part in study_parts(experiment_table(EXPERIMENTS), networks):
        found["PRNU" if part.is_prnu else "classifiers", part.name] = (
            part.number,
            {task: counts.translate(PLAIN) for task, counts in part.lines[1:]},
        )
    assert found == {
        ("classifiers", "Attribution"): (5, {"custom": "4 x 24-48", "custom, published": "1 x 50"}),
        ("classifiers", "Parsing"): (
            4,
            {"loss": "3 x 2-3", "scale": "1 x 2", "on unseen values": "2 of 4"},
        ),
        ("classifiers", "Controls"): (
            3,
            {"shuffled labels": "1 x 48", "twins": "1 x 2", "published, photos, interpolated": "1 x 5"},
        ),
        ("PRNU", "Attribution"): (2, {"custom": "2 x 48"}),
        ("PRNU", "Controls"): (1, {"twins": "1 x 2"}),
    }


@pytest.mark.parametrize(
    ("tiles", "photos", "split"),
    [
        (1, "3 photos", "train 1, validation 0, test 2"),
        (5, "15 tiles", "of 3 photos; train 5, validation 0, test 10"),
    ],
)
def test_numbers_in_the_figure_are_those_of_the_study(networks, tmp_path, tiles, photos, split):
    (axes,) = figure_of(tmp_path, networks, EXPERIMENTS, tiles).axes
    texts = texts_of(axes)
    images = f"{50 * 3 * tiles:,} super-resolved images (50 networks x {photos})"
    for expected in (
        photos,
        "48 custom networks",
        "2 published networks",
        f"{images}, and {4 * 3 * tiles} of controls",
        "12 classifiers",
    ):
        assert texts.count(expected) == 1, expected
    assert split in " ".join(texts)
    factors = [text for text in texts if text.startswith("x")]
    assert factors == ["x2", "x3", "x4"] and 2 * 2 * 3 * 4 == 48
    cells = [text.rpartition("1 of ")[2] for text in texts if "1 of " in text]
    assert sum(map(int, cells)) == 48 + 2 + 4  # every network stands in one cell


def test_pictures_are_patches_of_the_study(networks, tmp_path):
    (axes,) = figure_of(tmp_path, networks, EXPERIMENTS).axes
    photo, *patches = [picture.get_array() for picture in axes.images]
    assert photo.shape == (64, 96, 3)
    assert {patch.shape for patch in patches} == {(32, 32, 3)}
    assert len(patches) == 2 + len(networks_in_overview(networks, experiment_table(EXPERIMENTS)))
    assert all(np.ptp(patch) > 20 for patch in patches)  # of the textured square


def test_a_study_without_controls_and_prnu_has_no_box_of_them(networks, tmp_path):
    (axes,) = figure_of(tmp_path, networks, [ATTRIBUTION]).axes
    texts = texts_of(axes)
    assert "3 classifiers" in texts and "150 super-resolved images (50 networks x 3 photos)" in texts
    assert not {"Controls", "PRNU", "Parsing", "twins", "bicubic"} & set(texts)


def test_a_long_text_in_a_box_is_broken_and_cut_off():
    box = Box(0, 200, "", [("one two three four five", "9"), ("word " * 100, "")], "black")
    lines = list(box.wrapped_lines())
    assert lines[:2] == [("one two three", "9"), ("four five", "")]
    assert len(lines) == 2 + 6 and lines[-1][0].endswith(" ...")


def test_a_word_that_fits_is_whole_and_one_that_does_not_is_broken():
    box = Box(0, 170, "", [("interpolated", "4"), ("i" * 11 + "w" * 11, "4")], "black")
    assert [text for text, _ in box.wrapped_lines()] == ["interpolated", "i" * 11 + "w" * 4, "w" * 7]
