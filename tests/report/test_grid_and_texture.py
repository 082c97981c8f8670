"""The paragraph about what of the accuracy is the upsampling grid."""

import pandas as pd

from sr_fingerprints.report.findings.grid_and_texture import grid_and_texture_findings

CHANGES = {"spectrum_without_grid": -1.5, "spectrum_without_others": 1.0, "grid_phase": -50, "others_removed": 0.0}
PARTS = pd.DataFrame(
    [
        {"part": part, "accuracy_mean": 80 + (change or 0), "accuracy_low": 60, "accuracy_high": 90, "change": change}
        for part, change in {
            **{"spectrum": None, "spectrum_labels_shuffled": -78, **CHANGES},
            **{"untouched": None, "grid_removed": -10.0, "others_disturbed": -20.0},
        }.items()
    ]
).assign(chance=2.1, chance_low=1.0, chance_high=3.5)
PARTS = PARTS.assign(change_low=PARTS.change - 4, change_high=PARTS.change + 4)
ENERGY = pd.DataFrame(
    [
        ("custom", 2, "L1", None, 0.5, -0.5, 1.5),
        ("custom", 4, "VGG_GAN", None, 15.0, 6.0, 24.0),
        ("real", 4, None, None, 1.5, 0.8, 2.2),
        ("interpolated", 4, None, "lanczos", -6.0, -9.0, -2.6),
    ],
    columns=["origin", "scale", "loss", "kernel", "excess_mean", "excess_low", "excess_high"],
)
ENERGY = ENERGY.assign(**{f"above_photos_{end}": ENERGY[f"excess_{end}"] - 1 for end in ("mean", "low", "high")})
NEAREST = pd.DataFrame(
    {"shared": ["scale", "seed"], "nearest": [93.8, 25], "chance": [49.9, 33.4], "p": [0.0001, 0.96]}
)


def paragraph(photos=5, **tables):
    return "\n".join(grid_and_texture_findings(tables, photos))


def test_a_loss_is_decided_by_its_interval_and_by_enough_photos():
    text = paragraph(fingerprint_parts=PARTS)
    assert "needs the grid: **seen here**, -10.0 [-14.0, -6.0] points" in text
    assert "without as many other frequencies +0.0 [-4.0, +4.0]" in text and "beside the grid -20.0" in text
    assert "labels shuffled: 2.0 [60.0, 90.0], chance 2.1 [1.0, 3.5]" in text
    assert "undecided: 2 photos are too few" in paragraph(2, fingerprint_parts=PARTS)
    for change, told in ((-3.0, "undecided here"), (9.0, "the opposite is seen here")):
        row = PARTS.part == "grid_removed"
        other = PARTS.assign(
            change=PARTS.change.mask(row, change),
            change_low=PARTS.change_low.mask(row, change - 4),
            change_high=PARTS.change_high.mask(row, change + 4),
        )
        assert f"needs the grid: **{told}**" in paragraph(fingerprint_parts=other)


def test_a_study_in_which_nothing_enlarges_has_no_grid():
    some = PARTS[PARTS.part.isin(["spectrum", "spectrum_labels_shuffled", "untouched"])]
    assert "there is no upsampling grid" in paragraph(fingerprint_parts=some)
    assert grid_and_texture_findings({}, 5) == []


def test_energy_is_beside_that_of_photos_and_neighbours_beside_chance():
    text = paragraph(grid_energy=ENERGY, nearest_networks=NEAREST)
    assert "custom 2X L1 -0.5 [-1.5, +0.5] (undecided here)" in text
    assert r"custom 4X VGG\_GAN +14.0 [+5.0, +23.0] (seen here)" in text
    assert "photos, 4X +1.5 [+0.8, +2.2]; lanczos interpolation, 4X -6.0 [-9.0, -2.6]" in text
    assert "scale 93.8 (chance 49.9, p 0.0001); seed 25.0 (chance 33.4, p 0.9600, undecided)" in text
