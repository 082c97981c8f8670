"""The table of attacks, its figure and its findings, from measurements whose shares are known."""

import numpy as np
import pandas as pd
import pytest
from readable_figures import assert_readable, drawn

from sr_fingerprints.attacks.columns import COLUMNS, CONTROLS, FORGING_METHODS
from sr_fingerprints.figures.attacks import plot_attacks
from sr_fingerprints.files.hdf5 import create_hdf5
from sr_fingerprints.report.findings.attacks import attack_findings
from sr_fingerprints.tables.attacks import (
    Recogniser,
    attack_table,
    chosen_strength,
    psnr,
    tabulate_attacks,
    with_scores,
)

NETWORKS = ["a", "b", "c", "d"]
PHOTOS = [f"p{number}" for number in range(6)]
RECOGNISERS = {"cnn": Recogniser("classifier", 4), "augmented": Recogniser("classifier, degraded in training", 4)}
RECOGNISERS |= {"prnu": Recogniser("PRNU, correlation", 4)}
SUCCESS = {"residual": {1: 0.5, 4: 1.0}, "grid": {1: 0.0, 4: 1 / 3}, "replaced": {1: 0.0, 4: 0.5}}
SUCCESS |= {"denoised": {1: 5 / 6, 4: 5 / 6}, "own": {1: 0, 4: 0}, "random": {1: 0, 4: 0}}
"""Share of images attributed to the target, by method and strength."""


def images(recogniser, attack, split, right, highest, error=0.0, networks=NETWORKS, **columns):
    """A row per network and photo; of each network, the share ``right`` of images is attributed to the target, or, if
    there is none, to the network itself. Their highest score is ``highest``, give or take a little."""
    rows = []
    for network in networks:
        for number, photo in enumerate(PHOTOS):
            target = columns.get("target", "")
            wrong = "z" if target else "b" if network == "a" else "a"
            rows.append(
                dict.fromkeys(COLUMNS, "")
                | {"attack": attack, "split": split, "recogniser": recogniser, "network": network, "photo": photo}
                | {"source": photo, "squared_error": error, "lpips": 0.25, "lpips_weights": "random", "reached": True}
                | {"predicted": (target or network) if number < right * len(PHOTOS) else wrong, "strength": 0.0}
                | {"highest": highest + 0.001 * number, **columns}
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def measured_by(name):
    parts = [images(name, "none", split, 1, 0.8) for split in ("train", "validation", "test")]
    chain = {"method": "chain", "setting": "noise 1"}
    parts += [images(name, "laundering", "test", 1 / 6, 0.5, 4.0, group="all", **chain)]
    parts += [images(name, "laundering", "test", 0, 0.9, 1.0, ["a"], group="2X L1", reached=False, **chain)]
    for split in ("validation", "test"):
        for kind, network in (("photo", "real"), ("other_seed", "a")):
            pair = {"target": "d", "group": kind, "networks": [network]}
            parts.append(images(name, "forging", split, 0, 0.8, method="untouched", **pair))
            for method, shares in SUCCESS.items():
                for strength, share in shares.items():
                    if split == "test" or method not in CONTROLS:
                        setting = {"method": method, "strength": strength, "setting": f"{strength} grey levels"}
                        parts.append(images(name, "forging", split, share, 0.8, strength**2, **setting, **pair))
    parts.append(images(name, "gradient", "test", 0, 0.95, 1.0, method="hide", setting="1 grey level", strength=1.0))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def measured():
    return pd.concat([measured_by(name) for name in RECOGNISERS], ignore_index=True)


@pytest.fixture(scope="module")
def features(measured):
    """Features of the classifier by network; those that gradients changed lie far away."""
    rows = measured[measured.recogniser == "cnn"]
    place = rows.network.map({name: index for index, name in enumerate(NETWORKS)}).fillna(0).to_numpy(float)
    noise = np.random.default_rng(0).normal(0, 0.1, (len(rows), 3))
    far = 50.0 * (rows.attack == "gradient").to_numpy()
    return (noise + np.stack([place, far, far], axis=1)).astype(np.float32)


@pytest.fixture(scope="module")
def table(measured, features):
    return attack_table(with_scores(measured, {"cnn": features}), RECOGNISERS)


def row(table, attack, recogniser="classifier", networks="all", method=None):
    rows = table[(table.attack == attack) & (table.recogniser == recogniser) & (table.networks == networks)]
    rows = rows if method is None else rows[rows.method == method]
    assert len(rows) == 1
    return rows.iloc[0]


def test_accuracy_and_cost_are_those_counted_by_hand(table):
    untouched = row(table, "none")
    assert (untouched.accuracy, untouched.chance, untouched.images) == (100, 25, 24) and np.isnan(untouched.psnr)
    laundered = row(table, "laundering")
    assert np.isclose(laundered.accuracy, 100 / 6) and laundered.untouched == 100 and laundered.at_chance == "yes"
    assert np.isclose(laundered.psnr, 10 * np.log10(255**2 / 4)) and laundered.lpips == 0.25
    hidden = row(table, "laundering", networks="2X L1")
    assert hidden.accuracy == 0 and hidden.images == 6 and not hidden.sufficient
    assert psnr(pd.Series([0.0, 0.0])) == np.inf and np.isclose(psnr(pd.Series([0.0, 2.0])), 10 * np.log10(255**2))


def test_the_strength_is_the_mildest_that_suffices_on_validation_images(table):
    for method, strength, success in (
        *(("residual", 1, 50), ("grid", 4, 100 / 3), ("replaced", 4, 50), ("denoised", 1, 500 / 6)),
        *(("own", 1, 0), ("random", 1, 0)),
    ):
        found = row(table, "forging", method=method)
        assert found.strength == strength and np.isclose(found.success, success) and found.untouched == 0, method
        assert found.success_low <= found.success <= found.success_high and found.images == 12
        assert found.sufficient == (method != "grid")
    kinds = table[(table.attack == "forging") & (table.recogniser == "classifier") & (table.networks != "all")]
    assert set(kinds.networks) == {"photo", "other_seed"} and set(kinds.method) == {"residual"}
    assert kinds.accuracy[kinds.networks == "photo"].isna().all()  # no network made them
    frame = pd.DataFrame({"strength": [1, 1, 2, 2], "predicted": list("xxxy"), "target": list("yyyy")})
    assert chosen_strength(frame) == (2, True) and chosen_strength(frame[:3]) == (1, False)


def test_scores_notice_what_they_should(table):
    """Lower scores are noticed by the highest score, and gradients' higher ones by features alone."""
    laundered, followed = row(table, "laundering"), row(table, "gradient")
    assert laundered.auroc == 1 and laundered.flagged == 100
    assert followed.auroc == 0 and followed.flagged == 0
    assert followed.auroc_mahalanobis == 1 and followed.flagged_mahalanobis == 100
    same = row(table, "forging", method="residual")
    assert np.isclose(same.auroc, 0.5) and same.auroc_low < 0.5 < same.auroc_high
    assert 0 <= row(table, "none").flagged <= 20
    assert np.isnan(row(table, "gradient", "PRNU, correlation").get("auroc_mahalanobis"))


@pytest.mark.parametrize(
    "attacks", [("laundering", "forging", "gradient"), ("laundering",), ("forging",), ("gradient",)]
)
def test_table_figure_and_findings_of_every_choice_of_attacks(measured, features, attacks, tmp_path):
    rows = measured.attack.isin(["none", *attacks])
    measured[rows].to_csv(tmp_path / "m.csv", index=False)
    with create_hdf5(tmp_path / "f.h5") as file:
        file["cnn"] = features[rows[measured.recogniser == "cnn"].to_numpy()]
    tabulate_attacks(tmp_path / "m.csv", tmp_path / "f.h5", RECOGNISERS, tmp_path / "t.csv", tmp_path / "t.tex")
    table = pd.read_csv(tmp_path / "t.csv", keep_default_na=False, na_values=[""])
    assert set(table.attack) == {"none", *attacks}
    assert "cannot be compared with published LPIPS" in (tmp_path / "t.tex").read_text()
    words = {name: recogniser.words for name, recogniser in RECOGNISERS.items()}
    figure = drawn(lambda *files: plot_attacks(tmp_path / "t.csv", tmp_path / "m.csv", words, *files), tmp_path)
    assert_readable(figure)
    lines = attack_findings(table, photos=6)
    assert len(lines) == len(RECOGNISERS) * len(attacks) and not any("nan" in line or "inf" in line for line in lines)
    assert "fewer than 5" in attack_findings(table, photos=4)[-1]
    if "forging" in attacks:
        assert sum("without any of this 0.0, chance 25.0." in line for line in lines) == len(RECOGNISERS)
    if "laundering" in attacks:
        assert lines[0].startswith("* Laundering, classifier: all networks by noise 1, 42.1 dB (16.7 [")


@pytest.mark.parametrize("photos", [1, 4])
def test_with_few_photos_nothing_is_said_to_be_at_chance(measured, features, photos):
    some = measured.photo.isin(PHOTOS[:photos]) | (measured.split != "test")
    known = {"cnn": features[some[measured.recogniser == "cnn"].to_numpy()]}
    table = attack_table(with_scores(measured[some].reset_index(drop=True), known), RECOGNISERS)
    hidden = table[table.at_chance.ne("")]
    assert set(hidden.attack) == {"laundering", "gradient"} and set(hidden.at_chance) == {"undecided"}
    lines = attack_findings(table, photos)
    assert not any("above chance" in line or "nan" in line for line in lines) and "Undecided" in lines[-1]


def test_methods_are_named_once():
    assert not set(FORGING_METHODS) & set(CONTROLS)
