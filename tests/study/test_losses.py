"""The kinds of losses, and what tells them apart: L1, perceptual without a discriminator, and adversarial."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from sr_fingerprints.figures.separation import published_rows
from sr_fingerprints.figures.tsne import custom_styles
from sr_fingerprints.files.predictions import Predictions
from sr_fingerprints.report.findings import findings
from sr_fingerprints.study.losses import KINDS, LOSSES, kind, kinds_of
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table
from sr_fingerprints.study.networks import custom_networks
from sr_fingerprints.tables.accuracy_by_hyperparameter import accuracy_by_hyperparameter
from sr_fingerprints.tables.loss_parts import loss_part_table
from sr_fingerprints.tables.published_networks import published_network_table
from sr_fingerprints.tables.seed_triplets import seed_triplet_table
from sr_fingerprints.tables.values import our_values, value_table

ROOT = Path(__file__).parents[2]
PAPER = pd.read_csv(ROOT / "resources/paper/values.csv")
LISTS = {
    "architectures": ["EDSR"],
    "scales": [2, 4],
    "losses": list(LOSSES),
    "datasets": ["div2k"],
    "seeds": [1, 2, 3],
}
CUSTOM = custom_networks(LISTS)
ALONE = custom_networks(LISTS | {"architectures": ["RCAN"], "losses": ["L1", "VGG_GAN"]})
PUBLISHED = [
    NetworkRow(name, "SAN", scale=4, loss=loss, origin="published", framework="ncnn")
    for name, loss in (("P1", "ESRGAN"), ("P2", "VGG"), ("P3", "L1"), ("P4", "NA"))
]
NETWORKS = network_table([*CUSTOM, *ALONE, *PUBLISHED]).astype({"seed": str})
PHOTOS = 4
RIGHT = {"L1": 1, "perceptual": 2, "adversarial": 4, "unknown": 3}
"""Of four images, by kind of loss."""


def predictions(rows):
    """Four photos of each network, of which as many are attributed to it as `RIGHT` says, the others to another."""
    names = np.array([row.network for row in rows])
    actual, photo = np.repeat(names, PHOTOS), np.tile(np.arange(PHOTOS), len(names))
    right = np.repeat([RIGHT[kind(row.loss)] for row in rows], PHOTOS) > photo
    answers = np.where(right, actual, np.repeat(np.roll(names, 1), PHOTOS))
    return Predictions(
        photo=photo.astype(str),
        source=photo.astype(str),
        network=actual,
        actual=actual,
        classes=names,
        scores=(answers[:, None] == names).astype(np.float32),
        features=np.zeros((len(actual), 0), np.float32),
        attributes={"score": "probability"},
    )


def test_kinds():
    assert {loss: kind(loss) for loss in LOSSES} == {
        "L1": "L1",
        "VGG": "perceptual",
        "ResNet": "perceptual",
        "VGG_GAN": "adversarial",
        "ResNet_GAN": "adversarial",
    }
    assert list(kinds_of(["NA", "ESRGAN", "GAN", "L1"])) == ["unknown", "adversarial", "adversarial", "L1"]
    assert set(kinds_of(LOSSES)) < set(KINDS)


def test_every_loss_may_be_in_a_factorial():
    schema = yaml.safe_load((ROOT / "schemas/config.schema.yaml").read_text())
    assert schema["properties"]["networks"]["properties"]["losses"]["items"]["enum"] == list(LOSSES)


def test_adversarial_losses_are_those_with_a_discriminator():
    """In Table 3, its differences, and the numbers that the paper quotes."""
    table = accuracy_by_hyperparameter([predictions([*CUSTOM, *ALONE])], [], NETWORKS)
    means = table.set_index(["hyperparameter", "value"]).accuracy_mean
    differences = {"adversarial - L1": 75, "perceptual - L1": 25, "adversarial - perceptual": 50, "scale 4 - 2": 0}
    assert means["difference"].to_dict() == pytest.approx(differences)
    ours = value_table(PAPER, {"accuracy_by_hyperparameter": table}, {}, "mine").set_index("name").ours
    assert (ours["AccForVGG"], ours["AccForResNet"], ours["AccForLOne"]) == (100, 100, 25)
    assert (ours["LossAccRange"], ours["ScaleAccRange"]) == (75, 0)


def test_a_study_without_them_has_no_such_differences():
    table = accuracy_by_hyperparameter([predictions(ALONE)], [], NETWORKS)
    assert table.value[table.hyperparameter == "difference"].tolist() == ["scale 4 - 2", "adversarial - L1"]


def test_no_number_of_a_perceptual_loss_passes_for_the_paper_s():
    values = our_values({"seed_triplets": seed_triplet_table([predictions([*CUSTOM, *ALONE])], [], NETWORKS)}, {})
    assert values["DistinctionBetweenSeedTwoXVGGAcc"].ours == 100
    assert {"VGGAloneAcc", "ResNetAloneAcc"} == {name.partition("X")[2] for name in values if "Alone" in name}
    assert not any("Alone" in name for name in PAPER.name)


def test_published_networks_are_grouped_by_the_kind_of_their_loss():
    table = published_network_table([predictions(PUBLISHED)], [], NETWORKS)
    means = table[(table.network == "mean") & (table.scale == "all")].set_index("loss").accuracy_mean
    assert means[list(KINDS)].tolist() == [25, 50, 100, 75]
    found = predictions(PUBLISHED)
    assert published_rows(NETWORKS, [found]).network.tolist() == ["P3", "P2", "P1", "P4"]


def test_the_parts_of_a_loss_are_compared_over_networks_that_have_all_of_them():
    """RCAN has no perceptual loss here, and is left out, though its networks are among the classes."""
    table = loss_part_table([predictions([*CUSTOM, *ALONE])] * 2, NETWORKS)
    assert table.accuracy_mean.tolist() == [25, 50, 100]
    assert table.images.tolist() == [6 * PHOTOS, 12 * PHOTOS, 12 * PHOTOS]
    assert table.chance.tolist() == pytest.approx([100 / 42] * 3)
    assert "without a discriminator" in table.measured[1]
    assert loss_part_table([predictions(ALONE)], NETWORKS[NETWORKS.architecture != "EDSR"]).empty


def test_findings_say_which_part_makes_fingerprints_distinctive():
    tables = {
        "accuracy_by_hyperparameter": accuracy_by_hyperparameter([predictions([*CUSTOM, *ALONE])], [], NETWORKS),
        "seed_triplets": seed_triplet_table([predictions([*CUSTOM, *ALONE])], [], NETWORKS),
        "published_networks": published_network_table([predictions(PUBLISHED)], [], NETWORKS),
    }
    tables["values"] = value_table(PAPER, tables, {}, "mine")
    told = dict(findings(tables, {"published_networks": len(PUBLISHED), "own_networks": 0}, 1))[
        "Which part of a loss leaves the fingerprint: perceptual or adversarial?"
    ]
    assert len(told) == 2
    assert "+25.0" in told[0] and "perceptual minus L1" in told[0]
    assert "+50.0" in told[1] and "adversarial minus perceptual" in told[1]


def test_losses_of_one_kind_look_different_where_they_share_a_panel():
    looks = custom_styles(NETWORKS[NETWORKS.origin == "custom"])
    filled = {loss: looks.filled[f"EDSR-div2k-x2-{loss}-s1"] for loss in LOSSES}
    assert filled == {"L1": True, "VGG": True, "ResNet": False, "VGG_GAN": True, "ResNet_GAN": False}
