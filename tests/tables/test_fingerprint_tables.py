"""Tables of what the fingerprint is, with numbers that can be checked by hand."""

import numpy as np
import pandas as pd
import pytest

from sr_fingerprints.files.predictions import Predictions, write_predictions
from sr_fingerprints.fingerprints.measured import Measured
from sr_fingerprints.fingerprints.spectra import power_spectrum, tiled
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table, write_network_table
from sr_fingerprints.study.networks import REAL, custom_networks, interpolated
from sr_fingerprints.tables.fingerprint_parts import PARTS, fingerprint_part_table, tabulate_fingerprint_parts
from sr_fingerprints.tables.grid_energy import grid_energy_table
from sr_fingerprints.tables.nearest_networks import learned_rows, nearest_network_table

FACTORIAL = {
    "architectures": ["EDSR", "RCAN"],
    "scales": [2, 4],
    "losses": ["L1", "VGG_GAN"],
    "datasets": ["natural", "texture"],
    "seeds": [1, 2, 3],
}
CUSTOM = custom_networks(FACTORIAL)
NETWORKS = network_table(CUSTOM)


def predictions(names, photos=6, right=lambda row, photo: True, features=None):
    """One image of each photo and network; those that are not right are taken for the next network."""
    network = np.repeat(names, photos)
    photo = np.tile([f"p{number}" for number in range(photos)], len(names))
    classes = np.array(names)
    scores = np.zeros((len(network), len(names)), np.float32)
    for row in range(len(network)):
        own = row // photos
        scores[row, own if right(own, row % photos) else (own + 1) % len(names)] = 1
    empty = np.empty((len(network), 0), np.float32)
    return Predictions(photo, photo, network, network, classes, scores, empty if features is None else features)


def test_the_change_is_against_the_same_classifier_and_groups_are_those_of_the_networks():
    names = [row.network for row in CUSTOM]
    loss = dict(zip(NETWORKS.network, NETWORKS.loss, strict=True))
    parts = {
        "spectrum": predictions(names),
        "spectrum_without_grid": predictions(names, right=lambda row, photo: photo > 0),
        "spectrum_labels_shuffled": predictions(names, right=lambda row, photo: row == 0),
        "untouched": predictions(names, right=lambda row, photo: photo > 2),
        "grid_removed": predictions(names, right=lambda row, photo: photo > 2 and loss[names[row]] == "L1"),
    }
    table = fingerprint_part_table(parts, NETWORKS).set_index("part")
    assert table.index.tolist() == [part for part in PARTS if part in parts]
    assert table.accuracy_mean["spectrum"] == 100 and table.accuracy_mean["untouched"] == 50
    assert table.change["spectrum_without_grid"] == pytest.approx(-100 / 6)
    assert table.change["grid_removed"] == -25 and table.change[["spectrum", "untouched"]].isna().all()
    assert (table.change_low <= table.change).sum() == (table.change_high >= table.change).sum() == 3
    assert table.loss_L1_mean["grid_removed"] == 50 and table.loss_VGG_GAN_mean["grid_removed"] == 0
    assert table.scale_2_mean["grid_removed"] == 25
    assert (table.chance == 100 / len(names)).all()
    shuffled = table.loc["spectrum_labels_shuffled"]
    assert shuffled.chance_low <= shuffled.chance <= shuffled.chance_high and table.chance_low.notna().sum() == 1


def test_untouched_images_are_those_that_were_changed(tmp_path):
    names = [row.network for row in CUSTOM[:3]]
    everything = predictions(names, right=lambda row, photo: photo % 2 == 0)
    some = predictions(names).select(np.flatnonzero(np.isin(everything.photo, ["p1", "p2"]))[::-1])
    for name, found in {"spectrum": some, "grid_removed": some, "all": everything}.items():
        write_predictions(tmp_path / f"{name}.h5", found)
    write_network_table(NETWORKS, tmp_path / "networks.csv")
    paths = {name: tmp_path / f"{name}.h5" for name in ("spectrum", "grid_removed")}
    tabulate_fingerprint_parts(
        paths, tmp_path / "all.h5", tmp_path / "networks.csv", tmp_path / "t.csv", tmp_path / "t.tex"
    )
    table = pd.read_csv(tmp_path / "t.csv").set_index("part")
    assert table.images.tolist() == [6, 6, 6] and table.accuracy_mean["untouched"] == 50
    assert "images without repeating pattern" in (tmp_path / "t.tex").read_text()


def test_kinds_of_loss_are_the_groups_of_published_networks():
    rows = [
        NetworkRow(f"n{i}", "A", scale=2, loss=loss, origin="published") for i, loss in enumerate(("L1", "GAN", "NA"))
    ]
    table = fingerprint_part_table({"spectrum": predictions(["n0", "n1", "n2"])}, network_table(rows))
    assert {"loss_L1_mean", "loss_adversarial_mean", "loss_unknown_mean"} < set(table)


def test_energy_of_the_grid_is_found_where_it_is():
    """Two networks leave noise and a pattern of the same energy, the others noise."""
    random = np.random.default_rng(0)
    rows = [*custom_networks(FACTORIAL | {"architectures": ["EDSR"], "datasets": ["natural"], "seeds": [1]}), REAL]
    rows += interpolated([2, 4], ["bicubic", "lanczos"])
    networks = network_table(rows)
    power = []
    for row in rows:
        noise = random.normal(0, 1, (30, 64, 64)).astype(np.float32)
        pattern = random.normal(0, 1, (1, row.scale, row.scale, 1)).astype(np.float32)
        pattern -= pattern.mean()
        if row.loss == "VGG_GAN":
            noise += tiled(pattern / pattern.std(), 64, 64)[..., 0]
        power.append(power_spectrum(noise, 32))
    photos = np.array([f"p{number % 6}" for number in range(30)])
    nothing = np.empty(0, np.float32)
    names = np.array([row.network for row in rows])
    found = Measured(names, photos, photos, np.repeat("test", 30), nothing, nothing, nothing, np.stack(power), {})
    table = grid_energy_table(found, networks).set_index(["origin", "scale", "loss", "kernel"])
    assert len(table) == 4 + 2 + 2 * 2
    for (origin, scale, loss, _), row in table.iterrows():
        white = 100 * {2: 27, 4: 135}[scale] / (1024 - 9)
        assert row.white_noise == pytest.approx(white) and row.networks == 1 and row.images == 30
        excess = 50 if loss == "VGG_GAN" else 0
        assert row.excess_mean == pytest.approx(excess, abs=1.5), (origin, scale, loss)
        assert row.share_mean == pytest.approx(excess + white * (1 - excess / 100), abs=1.5)
        if origin == "real":
            assert np.isnan(row.above_photos_mean)
        else:
            of_photos = table.excess_mean["real", scale, "NA", ""]
            assert row.above_photos_mean == pytest.approx(row.excess_mean - of_photos)
        assert row.excess_low < row.excess_mean < row.excess_high and row.share_low >= 0


def test_networks_are_near_those_that_share_what_their_features_are_about():
    """Features tell the loss, and less the architecture; nothing tells scale, data set or seed."""
    random = np.random.default_rng(1)
    names = [row.network for row in CUSTOM]
    own = {row.network: np.array([10 * (row.loss == "L1"), 3 * (row.architecture == "RCAN"), 0, 0]) for row in CUSTOM}
    features = np.concatenate([own[name] + random.normal(0, 1, 4) + random.normal(0, 0.1, (6, 4)) for name in names])
    found = predictions(names, features=features.astype(np.float32))
    table = nearest_network_table([found, found], NETWORKS, 999, seed=0).set_index("shared")
    assert table.nearest["loss"] == 100 and table.p["loss"] == 0.001
    assert table.p["architecture"] < 0.05
    assert (table.p[["scale", "dataset", "seed"]] > 0.05).all()
    assert table.chance["loss"] == pytest.approx(49, abs=3) and table.chance["seed"] < 60
    assert (table.networks == len(names)).all() and table.among["all but the seed"] == "scale, loss"
    again = nearest_network_table([found, found], NETWORKS, 999, seed=0).set_index("shared")
    pd.testing.assert_frame_equal(table, again)


def test_p_is_uniform_where_nothing_is_shared():
    names = [row.network for row in CUSTOM]
    below = []
    for seed in range(40):
        features = np.repeat(np.random.default_rng(seed).normal(0, 1, (len(names), 3)), 2, axis=0).astype(np.float32)
        table = nearest_network_table([predictions(names, 2, features=features)], NETWORKS, 99, seed).set_index(
            "shared"
        )
        below.append(table.p["loss"] <= 0.2)
    assert np.mean(below) < 0.4


@pytest.mark.parametrize(("architectures", "shared"), [("AABCD", ["architecture"]), ("ABCDE", [])])
def test_what_cannot_be_exchanged_or_is_shared_by_none_has_no_row(architectures, shared):
    rows = [NetworkRow(f"n{i}", name, scale=2, loss="L1", origin="published") for i, name in enumerate(architectures)]
    networks = network_table(rows)
    features = np.repeat(np.arange(5.0)[:, None], 2, axis=0).astype(np.float32)
    found = predictions([row.network for row in rows], 2, features=features)
    assert nearest_network_table([found], networks, 99, 0).shared.tolist() == shared
    assert learned_rows(found, networks).network.tolist() == [row.network for row in rows]


def test_networks_are_in_the_order_of_their_hyperparameters():
    found = predictions([row.network for row in CUSTOM][::-1])
    ordered = learned_rows(found, NETWORKS)
    keys = list(zip(ordered.scale, ordered.loss, ordered.architecture, ordered.dataset, ordered.seed, strict=True))
    assert keys == sorted(keys)
