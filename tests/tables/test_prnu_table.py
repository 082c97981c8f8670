"""The table of what PRNU depends on, and what the findings say of it."""

import numpy as np
import pytest

from sr_fingerprints.files.predictions import Predictions, write_predictions
from sr_fingerprints.report.findings.prnu import prnu_dependencies
from sr_fingerprints.study.network_table import network_table
from sr_fingerprints.study.networks import custom_networks
from sr_fingerprints.tables.prnu import prnu_table, tabulate_prnu
from sr_fingerprints.tables.writing import read_table

LISTS = {"architectures": ["EDSR"], "scales": [2], "losses": ["L1", "VGG_GAN"], "datasets": ["a"], "seeds": [1, 2, 3]}
NETWORKS = network_table(custom_networks(LISTS))
PHOTOS = 10


def predictions(right, networks=NETWORKS, mistaken_for="another triplet", **settings):
    """Of each network's ``PHOTOS`` images the first ``right[loss]`` are attributed to it, the rest to another."""
    names = networks.network.tolist()
    scores = np.zeros((len(names) * PHOTOS, len(names)), np.float32)
    for row, (loss, name) in enumerate(zip(networks.loss, names, strict=True)):
        others = [other for other, of in zip(names, networks.loss, strict=True) if other != name]
        same = [other for other in others if networks.loss[names.index(other)] == loss]
        wrong = same[0] if mistaken_for == "the triplet" else next(other for other in others if other not in same)
        for photo in range(PHOTOS):
            chosen = name if photo < right[loss] else wrong
            scores[row * PHOTOS + photo, names.index(chosen)] = 2
            scores[row * PHOTOS + photo, names.index(name)] += 1
    attributes = {"denoiser": "wavelet", "match": "euclidean", "arithmetic": "exact", "grid": "free", "shift": [0, 0]}
    attributes |= {"sigma": 5, "crop": 120, "training_photos": 800, "score": "negative_distance"}
    attributes["overflowing"] = {name: 0.1 if "L1" in name else 0.5 for name in names}
    attributes["periodic"] = dict.fromkeys(names, 0.7)
    photos = np.array([f"photo{number}" for number in range(PHOTOS)] * len(names))
    actual = np.repeat(names, PHOTOS)
    features = np.zeros((len(photos), 0), np.float32)
    return Predictions(photos, photos, actual, actual, np.array(names), scores, features, attributes | settings)


def test_accuracies_are_over_all_networks_by_loss_and_within_triplets():
    table = prnu_table({"exact": predictions({"L1": 4, "VGG_GAN": 8}, crop=64)}, NETWORKS)
    row = table.iloc[0]
    assert row[["experiment", "denoiser", "match", "arithmetic", "grid", "shift"]].tolist() == [
        "exact", "wavelet", "euclidean", "exact", "free", "0, 0",
    ]  # fmt: skip
    assert row[["crop", "training_photos", "images"]].tolist() == [64, 800, 60]
    assert row[["accuracy_mean", "accuracy_L1", "accuracy_VGG_GAN"]].tolist() == pytest.approx([60, 40, 80])
    assert row.difference == pytest.approx(40) and row.difference_low < 40 < row.difference_high
    assert row[["triplets_mean", "triplets_L1", "triplets_VGG_GAN"]].tolist() == [100, 100, 100]
    assert (row.chance, row.triplet_chance) == pytest.approx((100 / 6, 100 / 3))
    assert row[["overflowing", "overflowing_L1", "overflowing_VGG_GAN"]].tolist() == pytest.approx([30, 10, 50])
    assert row.periodic == pytest.approx(70)
    for stem in ("accuracy", "triplets"):
        for name in ("", "_L1", "_VGG_GAN"):
            mean = row[f"{stem}_mean"] if not name else row[f"{stem}{name}"]
            assert row[f"{stem}{name}_low"] <= mean <= row[f"{stem}{name}_high"]


def test_within_triplets_only_the_triplet_counts():
    found = predictions({"L1": 4, "VGG_GAN": 8}, mistaken_for="the triplet")
    row = prnu_table({"exact": found}, NETWORKS).iloc[0]
    assert row[["triplets_mean", "triplets_L1", "triplets_VGG_GAN"]].tolist() == pytest.approx([60, 40, 80])
    assert row.triplet_difference == pytest.approx(40)


def test_an_experiment_of_some_networks_has_their_triplets_alone():
    some = NETWORKS[NETWORKS.seed == 1]
    table = prnu_table(
        {
            "all": predictions({"L1": 4, "VGG_GAN": 8}),
            "some": predictions({"L1": 5, "VGG_GAN": 5}, some.reset_index(drop=True)),
        },
        NETWORKS,
    )
    assert table.images.tolist() == [60, 20] and table.chance[1] == 50
    assert table.triplets_mean[0] == 100 and np.isnan(table.triplets_mean[1])


EXACT = {"L1": 1, "VGG_GAN": 9}
TURNED = {"L1": 9, "VGG_GAN": 1}


def findings_of(tmp_path, **experiments):
    (tmp_path / "networks.csv").write_text(NETWORKS.to_csv(index=False))
    for name, found in experiments.items():
        write_predictions(tmp_path / f"{name}.h5", found)
    files = [tmp_path / f"{name}.h5" for name in experiments]
    tabulate_prnu([*experiments], files, tmp_path / "networks.csv", tmp_path / "t.csv", tmp_path / "t.tex")
    return prnu_dependencies(read_table(tmp_path / "t.csv"), PHOTOS), (tmp_path / "t.tex").read_text()


def test_what_int8_sums_change_is_measured_on_the_same_images(tmp_path):
    """Of 10 photos 8 turn from wrong to right for L1 and from right to wrong for the other loss."""
    wrapped = predictions({"L1": 9, "VGG_GAN": 1}, arithmetic="int8")
    table = prnu_table({"int8": wrapped, "exact": predictions(EXACT)}, NETWORKS).set_index("experiment")
    assert table.difference.tolist() == pytest.approx([-80, 80])
    assert table.change["int8"] == pytest.approx(-160) and np.isnan(table.change["exact"])
    assert table.change_networks_low["int8"] <= table.change_low["int8"] < -160 < table.change_high["int8"] < 0
    others = {"exact": predictions(EXACT, training_photos=64), "moved": predictions(EXACT, shift=[1, 2])}
    assert "change" not in prnu_table({"int8": wrapped} | others, NETWORKS)


@pytest.mark.parametrize(
    ("share", "printed"), [(0, "0.0"), (1e-6, "less than 0.01"), (4.3e-4, "0.04"), (0.3, "30.0"), (1, "100.0")]
)
def test_small_shares_of_overflow_are_not_printed_as_none(tmp_path, share, printed):
    found = predictions(EXACT, arithmetic="int8")
    found.attributes["overflowing"] = dict.fromkeys(found.attributes["overflowing"], share)
    lines, _ = findings_of(tmp_path, exact=predictions(EXACT), int8=found)
    assert f"800 photos; {printed} % of the sums overflow)" in "\n".join(lines)


def test_the_findings_tell_whom_int8_sums_favour(tmp_path):
    exact = {"exact": predictions(EXACT), "exact_64": predictions(EXACT, training_photos=64)}
    changed = {
        "int8_64": predictions({"L1": 2, "VGG_GAN": 9}, arithmetic="int8", training_photos=64),
        "int8": predictions(TURNED, arithmetic="int8"),
        "int8_residuals": predictions(EXACT, arithmetic="int8_residuals"),
    }
    (line, cut_off, by_number, limits), latex = findings_of(tmp_path, **exact, **changed)
    assert line.startswith("* int8 sums, as in the paper's code (euclidean, wavelet, 800 photos; 30.0")
    assert "adversarial minus L1 -80.0" in line and "with exact sums +80.0" in line and line.endswith(": L1 gains.")
    assert cut_off.startswith("* Residuals truncated to int8") and cut_off.endswith(": undecided.")
    assert by_number.endswith("photos: -10.0 (64 photos), -160.0 (800 photos).")
    assert "cannot be decided without the paper's images" in limits
    assert "VGG GAN" in latex and r"Beyond int8 (\%)" in latex and "Change" in latex


def test_experiments_are_compared_with_those_that_differ_in_one_setting(tmp_path):
    found, _ = findings_of(
        tmp_path,
        exact=predictions(EXACT),
        shifted=predictions({"L1": 1, "VGG_GAN": 2}, shift=[1, 2]),
        snapped=predictions({"L1": 9, "VGG_GAN": 9}, grid="snapped"),
        fewer=predictions(TURNED, arithmetic="int8", training_photos=64),
    )
    assert len(found) == 2
    assert found[0].startswith("* test crops shifted by (1, 2), euclidean (wavelet, grid free): 15.0")
    assert "instead of 50.0" in found[0] and "70.0 % of the fingerprints' energy" in found[0]
    assert found[1].startswith("* crops snapped to the grid, euclidean (wavelet, grid snapped): 90.0")


def test_without_two_kinds_of_losses_nothing_is_compared():
    l1 = NETWORKS[NETWORKS.loss == "L1"].reset_index(drop=True)
    found = predictions({"L1": 4}, l1, mistaken_for="the triplet")
    table = prnu_table({"exact": found, "int8": predictions({"L1": 4}, l1, "the triplet", arithmetic="int8")}, l1)
    assert "difference" not in table and "change" not in table
    assert prnu_dependencies(table, PHOTOS) == []
