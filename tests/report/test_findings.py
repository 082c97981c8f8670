"""Backbones, parsers, controls, the paper's numbers beside ours, and findings: from predictions counted by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.files.predictions import Predictions
from sr_fingerprints.report.findings import findings, study_summary, write_findings
from sr_fingerprints.report.findings.image_quality import quality_against_paper
from sr_fingerprints.report.findings.wording import verdict
from sr_fingerprints.study.experiments import Experiment
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table
from sr_fingerprints.study.networks import REAL, custom_networks, interpolated, twin_networks
from sr_fingerprints.tables.accuracy_by_hyperparameter import accuracy_by_hyperparameter
from sr_fingerprints.tables.backbones import backbone_table
from sr_fingerprints.tables.controls import control_table, twin_attribution_table
from sr_fingerprints.tables.loss_parts import loss_part_table
from sr_fingerprints.tables.parsers import paper_layout, parser_table
from sr_fingerprints.tables.published_networks import published_network_table
from sr_fingerprints.tables.quality import quality_table
from sr_fingerprints.tables.seed_triplets import seed_triplet_table
from sr_fingerprints.tables.values import latex_macros, our_values, value_table
from sr_fingerprints.tables.writing import latex_table, read_table

PAPER = pd.read_csv(Path(__file__).parents[2] / "resources/paper/values.csv")
LISTS = {"architectures": ["EDSR", "RCAN"], "scales": [2, 4], "losses": ["L1", "VGG_GAN"], "datasets": ["natural"]}
CUSTOM = custom_networks(LISTS | {"seeds": [1, 2, 3]})
PUBLISHED = [
    NetworkRow(name, architecture, scale=scale, loss=loss, origin="published", framework="ncnn")
    for name, architecture, scale, loss in [("P1", "RCAN", 2, "L1"), ("P2", "SAN", 4, "L1"), ("P3", "SAN", 4, "GAN")]
]
OTHERS = [{"memory": 1}, {"precision": "bfloat16"}]
PATHS = ["memory 1", "precision bfloat16"]
TWINS = twin_networks(
    [{"network": row.network} | other for row, other in zip(CUSTOM, OTHERS, strict=False)],
    CUSTOM,
    {"memory": 6, "precision": "float32"},
)
COMPARED = pd.DataFrame(
    {"weights_of": [row.network for row in CUSTOM[:2]], "path": PATHS, "pixels": 200}
    | {"pixels_differ": [0, 20], "greatest_difference": [0, 3]}
)
INTERPOLATED = interpolated([2, 4])
NETWORKS = network_table([*CUSTOM, *PUBLISHED, *TWINS, REAL, *INTERPOLATED]).astype({"seed": str})
PHOTOS = 4
STUDY = {"name": "demo", "custom_networks": len(CUSTOM), "published_networks": 3, "own_networks": 0}
STUDY |= {"expected_quality": {}}


def predictions(rows, task, predicted, classes=None, **attributes):
    """Four photos of each network in ``rows``; ``predicted`` gives the answer for a row and a photo."""
    pairs = [(row, photo) for row in rows for photo in range(PHOTOS)]
    classes = np.array(classes or sorted({str(getattr(row, task)) for row in rows}))
    answers = [str(predicted(row, photo)) for row, photo in pairs]
    return Predictions(
        photo=np.array([str(photo) for _, photo in pairs]),
        source=np.array([str(photo) for _, photo in pairs]),
        network=np.array([row.network for row, _ in pairs]),
        actual=np.array([str(getattr(row, task)) for row, _ in pairs]),
        classes=classes,
        scores=(np.array(answers)[:, None] == classes).astype(np.float32),
        features=np.zeros((len(pairs), 0), np.float32),
        attributes={"score": "probability"} | attributes,
    )


def itself(task, but=lambda row, photo: False, instead=""):
    return lambda row, photo: instead if but(row, photo) else getattr(row, task)


def backbones():
    def classified(backbone, wrong):
        attributes = {
            "classifier": {"settings": {"backbone": backbone, "weights": "none", "input": "highpass", "crop": 64}}
        }
        answer = itself("network", lambda row, photo: row.origin == wrong and photo == 0, "P1")
        return [predictions([*CUSTOM, *PUBLISHED], "network", answer, **attributes)]

    return {"b1": classified("resnet50.tv_in1k", "custom"), "b2": classified("highpass", "none")}


def test_backbones_are_ordered_by_accuracy():
    table = backbone_table(backbones(), NETWORKS)
    assert table.backbone.tolist() == ["highpass", "resnet50.tv_in1k"]
    assert table.networks.tolist() == [27, 27] and table.chance.tolist() == pytest.approx([100 / 27] * 2)
    worse = table.iloc[1]
    assert worse.custom == 75 and worse.published == 100
    assert worse.accuracy_mean == pytest.approx(100 * (24 * 3 + 3 * 4) / (27 * 4))
    assert worse.accuracy_low < 40 and 95 < worse.accuracy_high < 100  # three photos are all right, one hardly


def parsers():
    unseen = Experiment("s3", "scale", withhold={"seed": 3}, evaluate_on=["custom"], seeds=[1, 2])
    everything = Experiment("a", "architecture", evaluate_on=["custom", "published"])

    def wrong(photos):
        return itself("scale", lambda row, photo: row.seed == 3 and photo in photos, "2")

    rows = {
        "a": (everything, [predictions([*CUSTOM, *PUBLISHED], "architecture", lambda *_: "EDSR", ["EDSR", "RCAN"])]),
        "s3": (unseen, [predictions(CUSTOM, "scale", wrong(photos)) for photos in ([], [0, 1])]),
    }
    return parser_table(rows, NETWORKS)


def test_parsers_are_measured_on_networks_that_they_saw_and_on_others():
    """At 4X seed 3 is taken for 2X in half of the photos by the second classifier: a quarter of all unseen images."""
    table = parsers().set_index(["task", "tested_on"])
    assert table.index.tolist() == [
        ("scale", "unseen"),
        ("scale", "seen"),
        ("architecture", "seen"),
        ("architecture", "published"),
    ]
    row = table.loc[("scale", "unseen")]
    assert (row.accuracy_mean, row.accuracy_std, row.networks, row.withheld) == (87.5, 12.5, 8, "3")
    assert 45 < row.accuracy_low < 75 and 95 < row.accuracy_high < 100 and row.chance == 50
    assert table.accuracy_mean["scale", "seen"] == 100 and table.networks["scale", "seen"] == 16
    assert table.accuracy_mean["architecture", "seen"] == 50
    # Of the published networks only one has an architecture that the parser knows, and it is taken for the other.
    assert (table.networks["architecture", "published"], table.accuracy_mean["architecture", "published"]) == (1, 0)


def test_table_5_is_printed_as_in_the_paper():
    printed, columns = paper_layout(parsers())
    assert list(columns) == ["task", "3", "chance"]
    assert printed.to_dict("records") == [{"task": "scale", "3_mean": 87.5, "3_std": 12.5, "chance": 50.0}]
    assert r"scale & 87.5 $\pm$ 12.5 & 50.0 \\" in latex_table(printed, "c", "l", columns)


def controls():
    shuffled = Experiment("c1", "network", shuffle_labels=True, control_of="custom_attribution")
    twins = Experiment("c2", "network", train_on=["twin"])
    real = Experiment("c3", "network", train_on=["published", "real"])
    first = CUSTOM[0].network + "-twin1"
    mistaken = itself("network", lambda row, photo: row.origin == "real" and photo == 0, "P1")
    taken = itself("network", lambda row, photo: row.network == "P2" and photo < 2, "real")
    both = lambda row, photo: (mistaken if row.origin == "real" else taken)(row, photo)  # noqa: E731
    found = predictions(TWINS, "network", lambda row, photo: first if row.weights_of in first else row.network)
    undecided = found.select(np.arange(len(found.actual)))
    undecided.scores = np.tile(np.float32([0.3, 0.3, 0.2, 0.2]), (len(found.actual), 1))
    rows = {
        "c1": (shuffled, [predictions(CUSTOM, "network", lambda *_: CUSTOM[0].network)]),
        "c2": (twins, [found, undecided]),
        "c3": (real, [predictions([*PUBLISHED, REAL], "network", both)]),
    }
    return control_table(rows, NETWORKS, COMPARED)


def measured(name, experiment, *seeds):
    """What `control_table` has of one control, by what is measured."""
    return control_table({name: (experiment, seeds)}, NETWORKS, COMPARED).set_index("measured")


def test_controls():
    table = controls().set_index("measured")
    assert table.accuracy_mean["attribution, labels shuffled"] == pytest.approx(100 / 24)
    assert table.chance["attribution, labels shuffled"] == pytest.approx(100 / 24)
    # One network is right in all images, the others in none, whoever has which name.
    measured = table.loc["attribution, labels shuffled"]
    assert measured.chance_low == measured.chance_high == pytest.approx(100 / 24)
    assert table.chance_low.notna().sum() == 1
    # The first classifier always says twin 1 of one pair, and knows those of the other; the second says nothing.
    apart = table[table.index.str.startswith("twins told apart")]
    assert apart.index.str.rpartition(": ").get_level_values(2).tolist()[:2] == PATHS
    assert apart.accuracy_mean.tolist() == pytest.approx([50, 75, (75 + 50) / 2])
    assert apart.pixels_differ.tolist() == [0, 10, 5] and apart.greatest_difference.tolist() == [0, 3, 3]
    assert table.pixels_differ.notna().sum() == 3
    assert table.accuracy_mean["pairs of twins told apart"] == pytest.approx((100 + 50) / 2)
    assert table.accuracy_mean["real photos recognised as real"] == 75
    assert table.accuracy_mean["super-resolved images taken for real"] == pytest.approx(100 * 2 / 12)
    assert table.accuracy_mean["super-resolved images attributed to their network"] == pytest.approx(100 * 10 / 12)


def test_only_images_of_twins_count_where_twins_are_told_apart():
    """Others are of no pair: they can neither be right, nor may what they are taken for matter."""
    alone = Experiment("t", "network", train_on=["twin"])
    both = Experiment("t", "network", train_on=["twin"], evaluate_on=["twin", "custom"])
    more = Experiment("t", "network", train_on=["twin", "custom"])
    classes = [row.network for row in TWINS]
    answer = itself("network", lambda row, photo: row.origin == "custom", classes[0])
    expected = measured("t", alone, predictions(TWINS, "network", answer))
    assert expected.accuracy_mean["pairs of twins told apart"] == 100
    asked = predictions([*TWINS, *CUSTOM], "network", answer, classes)
    pd.testing.assert_frame_equal(measured("t", both, asked), expected)
    learned = predictions([*TWINS, *CUSTOM], "network", itself("network"))
    pd.testing.assert_frame_equal(measured("t", more, learned), expected)


def test_a_single_pair_is_told_from_no_other():
    pair = TWINS[:2]
    table = measured(
        "t", Experiment("t", "network", train_on=["twin"]), predictions(pair, "network", itself("network"))
    )
    assert table.index.tolist() == ["twins told apart, the second by another path: memory 1"]


def test_images_that_a_shuffled_control_never_learned_do_not_count():
    control = Experiment("c", "network", evaluate_on=["custom", "published"], shuffle_labels=True)
    first = CUSTOM[0].network
    names = [row.network for row in CUSTOM]
    table = measured("c", control, predictions([*CUSTOM, *PUBLISHED], "network", lambda *_: first, names))
    assert table.images.tolist() == [24 * PHOTOS] and table.accuracy_mean.iloc[0] == pytest.approx(100 / 24)


def test_twins_are_attributed_to_their_originals():
    """By the ordinary path always, by another in three of four photos, to the twin's own name never."""
    first = CUSTOM[0].network

    def answer(row, photo):
        if row.origin != "twin":
            return row.network if photo else first
        return row.weights_of if row.path == "ordinary" or photo else CUSTOM[2].network

    names = [row.network for row in CUSTOM]
    seeds = [predictions([*CUSTOM, *TWINS, *PUBLISHED], "network", answer, names)] * 2
    table = twin_attribution_table("custom_attribution", seeds, NETWORKS).set_index("measured")
    assert set(table.control) == {"custom_attribution"} and table.chance.tolist() == pytest.approx([100 / 24] * 4)
    assert table.accuracy_mean.tolist() == [(100 + 75) / 2, 100, 75, 75]
    assert table.index.str.rpartition("path: ").get_level_values(2).tolist()[1:] == ["ordinary", *PATHS]
    assert table.images.tolist() == [8, 8, 4, 4]
    published = [predictions([*PUBLISHED, *TWINS], "network", answer, [row.network for row in PUBLISHED])]
    assert twin_attribution_table("published_attribution", published, NETWORKS).empty


def test_photos_are_told_from_their_interpolations_and_from_what_networks_made():
    """Photo 0 is always called interpolated at 4X, photo 1 of an unknown network real."""
    control = Experiment(
        "r",
        "network",
        train_on=["published", "real", "interpolated"],
        evaluate_on=["published", "real", "interpolated", "custom"],
    )

    def answer(row, photo):
        if row.origin == "custom":
            return "real"
        return row.network if photo else "bicubic-x4"

    learned = [*PUBLISHED, REAL, *INTERPOLATED]
    names = [row.network for row in learned]
    table = measured("r", control, predictions([*learned, CUSTOM[0]], "network", answer, names))
    assert table.accuracy_mean.to_dict() == pytest.approx(
        {
            "real photos recognised as real": 75,
            "interpolated photos recognised as interpolated": 100,
            "interpolated photos taken for real": 0,
            "super-resolved images taken for real": 25,
            "real photos taken for interpolated": 25,
            "super-resolved images taken for interpolated": 100 * 3 / 16,
            "super-resolved images attributed to their network": 75,
        }
    )
    assert table.chance["real photos taken for interpolated"] == pytest.approx(100 * 2 / 6)
    assert table.chance["super-resolved images taken for real"] == pytest.approx(100 / 6)


def test_images_of_controls_are_no_part_of_other_tables():
    """Classifiers may be evaluated on twins and photos too; where these are not measured, they do not count."""
    more = [*TWINS, REAL, *INTERPOLATED]
    names = [row.network for row in CUSTOM]
    wrong = lambda row, photo: row.network if row.origin == "custom" and photo else names[0]  # noqa: E731
    one, other = ([predictions(rows, "network", wrong, names)] for rows in (CUSTOM, [*CUSTOM, *more]))
    for table in (
        lambda seeds: accuracy_by_hyperparameter(seeds, [], NETWORKS),
        lambda seeds: seed_triplet_table(seeds, [], NETWORKS),
        lambda seeds: loss_part_table(seeds, NETWORKS),
    ):
        pd.testing.assert_frame_equal(table(one), table(other))
    settings = {"classifier": {"settings": {"backbone": "b", "input": "pixels", "weights": "none", "crop": 64}}}
    both = [*CUSTOM, *PUBLISHED]
    known = [row.network for row in both]
    few, many = (
        [predictions(rows, "network", itself("network"), known, **settings)] for rows in (both, [*both, *more])
    )
    pd.testing.assert_frame_equal(*(backbone_table({"b": seeds}, NETWORKS) for seeds in (few, many)))
    parser = Experiment("a", "scale", evaluate_on=["custom", "twin", "real", "interpolated"])
    few, many = ([predictions(rows, "scale", lambda *_: "2", ["2", "4"])] for rows in (CUSTOM, [*CUSTOM, *more]))
    pd.testing.assert_frame_equal(*(parser_table({"a": (parser, seeds)}, NETWORKS) for seeds in (few, many)))


def tables():
    """All that the paper quotes numbers from; 2X L1 networks of seed 1 are taken for those of seed 2."""

    def confused(row, photo):
        return row.network.replace("-s1", "-s2") if (row.scale, row.loss) == (2, "L1") else row.network

    classifiers = [predictions(CUSTOM, "network", confused) for _ in range(2)]
    prnu = [
        predictions(CUSTOM, "network", lambda *_: CUSTOM[0].network, denoiser="wavelet", match=match)
        for match in ("euclidean", "correlation")
    ]
    published = [predictions(PUBLISHED, "network", itself("network"))]
    return {
        "accuracy_by_hyperparameter": accuracy_by_hyperparameter(classifiers, prnu, NETWORKS),
        "seed_triplets": seed_triplet_table(classifiers, prnu, NETWORKS),
        "published_networks": published_network_table(published, [], NETWORKS),
        "backbones": backbone_table(backbones(), NETWORKS),
        "parsers": parsers(),
    }


def quality(gains):
    """Two photos of each network, of which bicubic interpolation has 30 dB and the network so many more."""
    photos = [
        {"network": network, "photo": photo, "psnr": 30 + gain, "ssim": 0.9, "lpips": 0.1}
        | {"psnr_bicubic": 30.0, "ssim_bicubic": 0.9, "lpips_bicubic": 0.1, "lpips_weights": "random"}
        for network, gain in gains.items()
        for photo in "ab"
    ]
    paper = pd.DataFrame(columns=["model", "psnr_mean", "lpips_mean"])
    return quality_table(pd.DataFrame(photos), NETWORKS, paper)


L1, GAN = ([row.network for row in CUSTOM if row.loss == loss] for loss in ("L1", "VGG_GAN"))
GAINS = dict.fromkeys(L1, 1.0) | dict.fromkeys(GAN, 0.5) | {"P1": 3.0, "P2": 2.0, "P3": -1.0}


@pytest.fixture
def written(tmp_path):
    """The tables as files."""
    for name, table in {**tables(), "quality": quality(GAINS)}.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    return {path.stem: path for path in tmp_path.glob("*.csv")}


@pytest.fixture
def read(written):
    return {name: read_table(path) for name, path in written.items()}


def test_every_number_of_ours_has_a_name_of_the_papers(read):
    names = set(our_values(read, {"natural": "div2k"})) - {"highpassAcc"}
    assert names <= set(PAPER.name)
    assert {"AccForDiv", "AccForLOne", "ScaleAccRange", "PRNULossAccRange", "ResnetAcc"} < names
    assert {"DistinctionBetweenSeedTwoXLOneAcc", "PRNUDistinctionBetweenSeedAcc", "scaleWithholdingthree"} < names
    assert {"PreTrainedFourXLOneModelClassifierAcc", "PretrainedArchParsingAccuracy", "ScaleParsingLow"} < names


def test_numbers_beside_the_papers(read):
    table = value_table(PAPER, read, {"natural": "div2k"}, "demo").set_index("name")
    assert table.index.tolist() == PAPER.name.tolist()
    assert table.ours["AccForTwoX"] == pytest.approx(100 * (12 + 4 * 2) / 24) and table.ours["AccForFourX"] == 100
    assert table.ours["ScaleAccRange"] == pytest.approx(100 - table.ours["AccForTwoX"])
    assert table.ours["DistinctionBetweenSeedTwoXLOneAcc"] == pytest.approx(200 / 3)
    assert table.difference["scaleWithholdingthree"] == pytest.approx(87.5 - 100)
    assert table.ours["PRNUAccForTwoX"] == pytest.approx(100 / 12)
    missing = table.loc[["AccForNLSN", "AccForQuarterDiv", "ConvNextAcc"]]
    assert missing.ours.isna().all() and missing.difference.isna().all() and missing.paper.notna().all()
    assert set(table.study) == {"demo"} and set(table.stand_ins) == {"natural for div2k"}


def test_macros_bear_the_authors_names(read):
    macros = latex_macros(value_table(PAPER, read, {"natural": "div2k"}, "demo")).splitlines()
    assert len(macros) == len(PAPER) + PAPER.std_over_3_classifier_seeds.notna().sum()
    assert r"\newcommand{\valAccForFourXMean}{100.0}" in macros and r"\newcommand{\valAccForFourXStd}{0.0}" in macros
    assert rf"\newcommand{{\valResnetAcc}}{{{100 * 84 / 108:.1f}}}" in macros
    assert r"\newcommand{\valConvNextAcc}{--}" in macros


@pytest.mark.parametrize("fewest", [4, 5])
def test_findings_give_numbers_intervals_and_the_papers(read, monkeypatch, fewest):
    monkeypatch.setattr("sr_fingerprints.report.findings.wording.FEWEST_PHOTOS", fewest)
    too_few = "undecided: 4 photos are too few"
    values = value_table(PAPER, read, {"natural": "div2k"}, "demo")
    found = findings(read | {"controls": controls(), "values": values}, STUDY, PHOTOS)
    told = {title: " ".join(lines) for title, lines in found}
    scale = told["Larger scales leave more distinctive fingerprints"]
    # Alike for all photos, but of one loss alone: another two losses might have shown nothing.
    assert scale.startswith(f"**{too_few if fewest == 5 else 'undecided here'}**: +16.7")
    assert "[+16.7, +16.7], over photos and networks [-" in scale and scale.endswith(
        "points; paper +1.2 |plusmn| 0.2 points."
    )
    seeds = told["Networks that differ only in their seed are told apart"]
    assert seeds.startswith(f"**{too_few if fewest == 5 else 'seen here'}**")
    assert "chance 33.3; paper 98.6" in told["Networks that differ only in their seed are told apart"]
    parsed = told["Parsing networks with a value unseen in training"]
    assert (too_few if fewest == 5 else "scale: above chance (50.0) in 0 of 1 cells") in parsed
    assert "paper 51.5 to 100.0." in told["Parsing networks with a value unseen in training"]
    prnu = told["PRNU: the paper's matching and the standard one"]
    assert "Here: undecided by every match." in prnu
    assert "euclidean (wavelet)" in prnu and "correlation (wavelet)" in prnu and "-32.4" in prnu
    assert r"twins told apart\, by all paths: 62.5" in told["Controls"]
    assert "5.0 % of their pixels differ, by up to 3 grey levels" in told["Controls"]


def test_findings_compare_seed_triplets_without_what_the_paper_leaves_out(read):
    """And say how it is with it. The numbers beside the paper's are without it too."""
    table = read["seed_triplets"]
    lower = table.assign(accuracy_mean=50.0, accuracy_low=40.0, accuracy_high=60.0, prnu_wavelet_euclidean=1.0)
    both = read | {"seed_triplets": pd.concat([table.assign(left_out="NLSN"), lower], ignore_index=True)}
    paper = value_table(PAPER, both, {}, "demo").set_index("name")
    pd.testing.assert_frame_equal(paper, value_table(PAPER, read, {}, "demo").set_index("name"))
    told, alone = (
        {title: " ".join(lines) for title, lines in findings(given | {"values": paper.reset_index()}, STUDY, PHOTOS)}
        for given in (both, read)
    )
    title = "Networks that differ only in their seed are told apart"
    assert (
        told.pop(title) == f"{alone.pop(title)} Both leave out NLSN; with it, ours is 50.0 |plusmn| 0.0 [40.0, 60.0]."
    )
    assert told == alone


def test_a_study_without_parsers_and_the_like_has_findings_too(read):
    needed = ("accuracy_by_hyperparameter", "seed_triplets", "published_networks", "quality")
    some = {name: read[name] for name in needed}
    paper = value_table(PAPER, some, {}, "mine").set_index("name")
    assert paper.ours.notna().sum() > 10 and np.isnan(paper.ours["scaleWithholdingthree"])
    titles = [title for title, _ in findings(some | {"values": paper.reset_index()}, STUDY, PHOTOS)]
    assert "Attribution" in titles and "Controls" not in titles


def test_quality_stands_beside_that_of_the_paper_s_networks(tmp_path):
    """Photos that cost every network 2 dB, and an adversarial loss that costs 0.5 dB more than the paper's."""
    paper = {"EDSR-div2k-x2-L1-s1": 32.4, "EDSR-div2k-x2-VGG_GAN-s1": 31.9, "RCAN-div2k-x2-VGG_GAN-s1": 31.7}
    paper |= {
        "EDSR-div2k-x2-L1-NA-pretrained": 32.6,
        "NLSN-div2k-x2-L1-NA-pretrained": 34.3,
        "EDSR-mine-x2-L1-s1": None,
    }
    rows = [
        dict(zip(("network", "architecture", "dataset"), (name, *name.split("-")[:2]), strict=True))
        | {"scale": 2, "loss": name.split("-")[3], "origin": "published" if "pretrained" in name else "custom"}
        | {"psnr_mean": (psnr or 20) - 2 - 0.5 * ("GAN" in name), "psnr_paper": psnr}
        for name, psnr in paper.items()
    ]
    rows.append({"network": "mean", "scale": 2, "loss": "L1", "psnr_mean": 1.0, "psnr_paper": 32.4})  # no network
    pd.DataFrame(rows).to_csv(tmp_path / "quality.csv", index=False)
    assert quality_against_paper(read_table(tmp_path / "quality.csv")) == [
        "* 2X, L1: 30.40 dB over 1, paper 32.40.",
        r"* 2X, VGG\_GAN: 29.30 dB over 2, paper 31.80; relative to L1 -1.10, paper -0.60.",
        "* Published networks of both studies (2): -2.00 dB (median) against the paper; only the photos differ.",
    ]
    assert not quality_against_paper(read_table(tmp_path / "quality.csv").assign(psnr_paper=np.nan))


def test_verdicts():
    assert verdict(0.1, 2, 10) == "seen here" and verdict(-2, -0.1, 10) == "the opposite is seen here"
    assert verdict(-1, 1, 10) == "undecided here" and verdict(float("nan"), float("nan"), 10) == "undecided here"
    assert verdict(30, 40, 10, reference=33.3) == "undecided here"
    assert verdict(0.1, 2, 4) == "undecided: 4 photos are too few"
    assert verdict(0.1, 2, 1) == "undecided: 1 photo is too few"


def test_the_page_of_findings_is_written(written, tmp_path):
    controls().to_csv(tmp_path / "controls.csv", index=False)
    values = value_table(PAPER, {name: read_table(path) for name, path in written.items()}, {}, "demo")
    values.to_csv(tmp_path / "values.csv", index=False)
    (tmp_path / "introduction.rst").write_text("How to read\n-----------\n")
    study = STUDY | {"expected_quality": {"L1": 0, "adversarial": 1}}
    with ImageWriter(tmp_path / "photos.h5", {}) as photos:
        for tile in range(18):
            photos.append(np.zeros((8, 8, 3), np.uint8), str(tile), f"{tile % 9}.png", "test")
    files = written | {name: tmp_path / f"{name}.csv" for name in ("controls", "values")}
    others = tmp_path / "photos.h5", tmp_path / "introduction.rst", tmp_path / "findings.rst"
    nothing = {"items": {}, "experiments": [], "networks": [], "reason": ""}
    write_findings(files, study, nothing, *others)
    page = (tmp_path / "findings.rst").read_text()
    assert "without" not in page.partition("How to read")[0].lower().replace("without a discriminator", "")
    assert page.index("24 custom networks, 3 published") < page.index("Attribution\n---") < page.index("How to read")
    assert page.index("WARNING") < page.index("Attribution\n---")
    assert "3 published ones, 9 photos, 9 of them for testing (in the paper: 180, 25, 1,000 and 100)" in page
    assert "nan" not in page
    missing = {"networks": ["S_1", "S_2"], "reason": "no wheel"}
    write_findings(files, study, {"items": LEFT_OUT, "experiments": ["a_b"]} | missing, *others)
    page = (tmp_path / "findings.rst").read_text()
    assert page.index("Controls\n---") < page.index("What this study is without\n---") < page.index("How to read")
    assert "* No parsing of hyperparameters, so no table parsers, figure published parsing." in " ".join(
        page.replace("\\", "").split()
    )
    assert r"* In no table or figure: a\_b." in page
    assert "* Without networks that were asked for, S_1, S_2, since no wheel." in page.replace("\\", "")


LEFT_OUT = dict.fromkeys(["tables/parsers", "figures/published_parsing"], "parsing of hyperparameters")


def test_a_study_of_ones_own_networks_alone_speaks_of_these(read):
    """Nothing of custom networks, and no number of the paper's published networks, which are others."""
    values = value_table(PAPER, {"published_networks": read["published_networks"]}, {}, "mine")
    tables = {
        "published_networks": read["published_networks"],
        "quality": quality({"P1": 3.0, "P2": 2.0, "P3": -1.0}),
    }
    own = STUDY | {"custom_networks": 0, "published_networks": 0, "own_networks": 3}
    told = dict(findings(tables | {"values": values}, own, PHOTOS))
    assert list(told) == ["Do the networks super-resolve?", "Attribution"]
    assert told["Attribution"][0].startswith("* Own networks: ") and "paper" not in told["Attribution"][0]
    assert told["Do the networks super-resolve?"][0].startswith("* 1 of 3 own networks are worse than bicubic")
    page = study_summary(own | {"name": "mine"}, 9, 5)
    assert (
        "0 custom networks, 0 published ones, 3 own ones, 9 photos, 5 of" in page
        and "(in the paper: 180, 25, 0, 1,000" in page
    )


def test_prnu_alone_has_findings_and_no_classifier(read):
    """Tables of PRNU have no columns of classifiers' accuracies."""

    def of_prnu(table):
        return table.drop(columns=[name for name in table if name.startswith("accuracy")])

    tables = {name: of_prnu(read[name]) for name in ("accuracy_by_hyperparameter", "seed_triplets")}
    values = value_table(PAPER, tables, {"natural": "div2k"}, "mine")
    assert values.set_index("name").ours[["PRNUAccForTwoX", "AccForTwoX"]].notna().tolist() == [True, False]
    told = dict(findings(tables | {"values": values}, STUDY, PHOTOS))
    assert list(told) == ["PRNU: the paper's matching and the standard one"]
    published = published_network_table(
        [], [predictions(PUBLISHED, "network", itself("network"), denoiser="wavelet", match="euclidean")], NETWORKS
    )
    told = dict(findings({"published_networks": published}, STUDY, PHOTOS))
    (line,) = told["Attribution"]
    assert line.startswith("* Published networks by PRNU, euclidean (wavelet): 100.0 [")
    assert line.endswith(", 100.0], chance 33.3.")


def told_of_quality(read, gains, expected):
    read = read | {"quality": quality(GAINS | gains)}
    title, lines = next(findings(read, STUDY | {"expected_quality": expected}, PHOTOS))
    assert title == "Do the networks super-resolve?"
    return lines


def test_networks_that_beat_bicubic_interpolation_need_no_warning(read):
    custom, published = told_of_quality(read, {}, {"L1": 1.0, "adversarial": 0.5})
    assert custom.startswith("* 0 of 24 custom networks are worse than bicubic interpolation (PSNR). Mean difference")
    assert "2X L1 +1.00, 2X VGG\\_GAN +0.50, 4X L1 +1.00" in custom
    assert published.startswith(
        "* 1 of 3 published networks are worse than bicubic interpolation (PSNR): P3 -1.00 dB."
    )


def test_custom_networks_worse_than_bicubic_interpolation_are_warned_of_by_name(read):
    """One L1 network and all adversarial ones are worse; only two fail what was expected."""
    gains = dict.fromkeys(GAN, -0.3) | {GAN[1]: -1.6, L1[2]: -0.2}
    l1, adversarial, custom, _ = told_of_quality(read, gains, {"L1": 0, "perceptual": 9, "adversarial": -1.5})
    assert "WARNING: 1 of 12 L1 networks" in l1 and "s3 -0.20 dB. Classifiers" in l1 and "+0.0 dB" in l1
    assert "WARNING: 1 of 12 adversarial networks" in adversarial and "s2 -1.60 dB. Classifiers" in adversarial
    assert custom.startswith("* **WARNING: 13 of 24 custom networks are worse than bicubic interpolation** (PSNR): ")
    assert custom.index("-1.60") < custom.index("-0.30") and "and 3 more. Mean" in custom


def test_a_network_whose_quality_is_no_number_is_worse(read):
    l1, custom, _ = told_of_quality(read, {L1[0]: float("nan")}, {"L1": -5})
    assert "1 of 12 L1 networks" in l1 and "1 of 24 custom" in custom
