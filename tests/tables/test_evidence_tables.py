"""Tables of the weight of evidence, on scores that are calibrated by how they are made."""

import numpy as np
import pandas as pd
import pytest
from evidence_images import CLASSES, NETWORKS, TEST_PHOTOS, Study, predictions

from sr_fingerprints.evidence.calibration import fit_evidence
from sr_fingerprints.evidence.growth_file import CROPS, SIDE, Growth, write_growth
from sr_fingerprints.evidence.held_out import held_out
from sr_fingerprints.evidence.likelihood_ratios import cllr, cllr_min
from sr_fingerprints.evidence.pooling import pool
from sr_fingerprints.evidence.reading import read_evidence
from sr_fingerprints.files.predictions import write_predictions
from sr_fingerprints.report.findings.evidence import weight_of_evidence
from sr_fingerprints.tables import calibration, conformal_sets, evidence_growth, likelihood_ratios


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return Study(tmp_path_factory.mktemp("evidence"), ["v"])


@pytest.fixture(scope="module")
def tables(study):
    out = {name: study.folder / f"{name}.csv" for name in ("calibration", "likelihood_ratios", "conformal_sets")}
    fitted = {"calibrations": {"e": study.calibrations}}
    calibration.tabulate_calibration(
        **study.inputs(),
        networks=study.networks,
        **fitted,
        bins=10,
        seed=1,
        csv=out["calibration"],
        tex=study.folder / "c.tex",
    )
    likelihood_ratios.tabulate_likelihood_ratios(
        **study.inputs(), networks=study.networks, **fitted, csv=out["likelihood_ratios"], tex=study.folder / "l.tex"
    )
    conformal_sets.tabulate_conformal_sets(
        **study.inputs(), networks=study.networks, csv=out["conformal_sets"], tex=study.folder / "s.tex"
    )
    return {name: pd.read_csv(path) for name, path in out.items()}


def test_probabilities_that_are_calibrated_have_a_temperature_of_one_and_an_error_of_chance(tables):
    table = tables["calibration"].set_index("fitted_on")
    assert table.temperature["none"] == 1 and table.photos_fitted.to_dict() == {
        "none": 0,
        "validation": 1,
        "other photos": 6,
    }
    assert table.temperature["other photos"] == pytest.approx(1, abs=0.15)
    assert (table.accuracy == table.accuracy["none"]).all(), "a temperature changes no decision"
    assert table.ece["none"] < 2 * table.ece_if_calibrated["none"]
    assert table.overconfidence_low["none"] < 0 < table.overconfidence_high["none"]
    for column in ("ece", "nll", "brier", "accuracy", "overconfidence"):
        assert (table[f"{column}_low"] <= table[column]).all() and (table[column] <= table[f"{column}_high"]).all()


def test_costs_of_ratios_are_those_of_the_functions_and_of_groups(study, tables):
    table = tables["likelihood_ratios"]
    rows = table[table.fitted_on == "other photos"].set_index(["group", "value"])
    assert set(rows.index) == {
        ("all", "all"),
        ("scale", "2"),
        ("scale", "4"),
        ("loss", "L1"),
        ("loss", "VGG_GAN"),
    }, "kinds of losses are the same groups as losses here, and not repeated"
    expected = {"cllr": [], "cllr_min": []}
    for images, fitted in study.evidence():
        test, ratios, _ = likelihood_ratios.apply_fitted(fitted["other photos"], images)
        targets = likelihood_ratios.target_matrix(test)
        for key, measure in (("cllr", cllr), ("cllr_min", cllr_min)):
            expected[key].append(measure(ratios.ravel(), targets.ravel()))
    everything = rows.loc[("all", "all")]
    assert everything.cllr == pytest.approx(np.mean(expected["cllr"]))
    assert everything.cllr_min == pytest.approx(np.mean(expected["cllr_min"]), abs=1e-3)
    assert (rows.cllr_min <= rows.cllr).all() and (rows.cllr_bounded >= rows.cllr_min).all()
    assert (rows.cllr_low < rows.cllr).all() and (rows.cllr < rows.cllr_high).all()
    assert everything.alternatives == "4 custom, 1 published, 1 real, 1 interpolated"


def test_one_validation_photo_supports_nothing_and_six_photos_nothing_strong(tables):
    table = tables["likelihood_ratios"].set_index("fitted_on")
    assert (table.loc["validation", ["lowest", "highest", "cllr_bounded"]] == 1).all(axis=None)
    assert set(table.support["validation"]) == {"no support for either"}
    assert (table.highest["other photos"] <= 6.2).all()
    assert set(table.support["other photos"]) <= {"weak support for the network", "no support for either"}


def test_however_many_photos_were_fitted_on_two_test_photos_admit_no_strong_words():
    """A fit on a hundred photos, LRs of a million, and two photos that were tested."""
    images = held_out(NETWORKS, predictions("test", ["t1", "t2"]), predictions("validation", ["v"]))
    test = images.select(images.test)
    targets = likelihood_ratios.target_matrix(test)
    perfect = np.where(targets, 7.0, -7.0)
    applied = [likelihood_ratios.Ratios(test, perfect, perfect, targets)]
    assert likelihood_ratios.support(applied, (-7.0, 7.0)) == "no support for either"


def test_a_single_test_photo_has_no_intervals(tmp_path):
    parts = predictions("test", ["t"]), predictions("validation", ["v"])
    for path, part in zip(("test.h5", "validation.h5"), parts, strict=True):
        write_predictions(tmp_path / path, part)
    NETWORKS.to_csv(tmp_path / "networks.csv", index=False)
    fit_evidence(
        [tmp_path / "test.h5"], [tmp_path / "validation.h5"], tmp_path / "networks.csv", [tmp_path / "c.json"]
    )
    files = [{"e": [tmp_path / name]} for name in ("test.h5", "validation.h5", "c.json")]
    seeds = read_evidence(*files, tmp_path / "networks.csv")["e"]
    for table in (
        calibration.calibration_table("e", seeds, 5, 1),
        likelihood_ratios.ratio_table("e", seeds, NETWORKS),
        conformal_sets.conformal_table("e", [images for images, _ in seeds]),
    ):
        ends = [name for name in table if name.endswith(("_low", "_high"))]
        assert len(ends) >= 2 and table[ends].isna().all(axis=None)


def test_exchangeable_photos_are_covered_and_an_odd_photo_is_not():
    """The guarantee, and how it fails: one photo whose images the classifier gets wrong."""
    table = conformal_sets.conformal_table("e", [held_out(NETWORKS, *everyday())])
    rows = table[(table.fitted_on == "validation")].set_index(["method", "nominal"])
    assert rows.coverage["all classes", 90.0] == pytest.approx(90, abs=4)
    assert (rows.coverage_low["all classes"] <= rows.coverage["all classes"]).all()
    odd = everyday()
    chosen = odd[0].source == "t0"
    odd[0].scores[chosen] = odd[0].scores[chosen][:, ::-1]
    table = conformal_sets.conformal_table("e", [held_out(NETWORKS, *odd)]).set_index(
        ["fitted_on", "method", "nominal"]
    )
    assert (
        table.coverage_worst["validation", "all classes", 90.0]
        < 60
        < table.coverage["validation", "all classes", 90.0]
    )


def everyday():
    validation = [f"v{number}" for number in range(10)]
    return predictions("test", TEST_PHOTOS, tiles=20), predictions("validation", validation, tiles=20)


def test_few_images_of_a_class_make_sets_of_every_class(tables):
    rows = tables["conformal_sets"].set_index(["fitted_on", "method", "nominal"])
    assert rows["size"]["validation", "by class", 90.0] == 4, "6 tiles of one photo cannot exclude at 90 %"
    assert rows["size"]["other photos", "by class", 90.0] < 4
    assert (rows["size"].groupby(level=[0, 1]).diff().dropna() >= 0).all(), "larger at higher levels"


@pytest.fixture(scope="module")
def growth(study):
    test, validation = (predictions(split, study.parts[split], seed=1) for split in ("test", "validation"))
    scores = np.log(np.concatenate([test.scores, validation.scores]))
    growth = Growth(
        grows_with=np.array([SIDE, SIDE, CROPS]),
        amount=np.array([16, 32, 2]),
        scores=np.stack([0 * scores, scores, 2 * scores]),
        classes=test.classes,
        photo=np.concatenate([test.photo, validation.photo]),
        source=np.concatenate([test.source, validation.source]),
        split=np.repeat(["test", "validation"], [len(test.network), len(validation.network)]),
        network=np.concatenate([test.network, validation.network]),
    )
    write_growth(study.folder / "growth.h5", growth, {})
    few = predictions("test", TEST_PHOTOS, seed=1, strength=1.0)
    few.attributes["classifier"]["training_photos"] = 1
    write_predictions(study.folder / "few.h5", few)
    evidence_growth.tabulate_evidence_growth(
        study.files["test"][0],
        study.files["validation"][0],
        study.folder / "growth.h5",
        {"all": study.files["test"][:1], "few": [study.folder / "few.h5"]},
        study.networks,
        numbers=[1, 2, 4, 99],
        seed=1,
        csv=study.folder / "growth.csv",
        tex=study.folder / "growth.tex",
    )
    return pd.read_csv(study.folder / "growth.csv").set_index(["grows_with", "amount"])


def test_nothing_is_learned_from_constant_scores_and_more_from_more_images(growth):
    nothing, something = growth.loc[(SIDE, 16)], growth.loc[(SIDE, 32)]
    assert nothing.accuracy == nothing.chance == 25 and nothing.weight == pytest.approx(0, abs=0.02)
    assert something.weight > 0.3
    assert growth.weight[CROPS, 2] == pytest.approx(something.weight, abs=0.05), "twice the same says nothing new"
    pooled = growth.loc[evidence_growth.IMAGES]
    assert pooled.index.tolist() == [1, 2, 4], "more than there are photos are left out"
    assert pooled.accuracy.is_monotonic_increasing and pooled.accuracy[2] > pooled.accuracy[1]
    assert pooled.weight[2] > 1.5 * pooled.weight[1]
    assert np.isnan(pooled.weight[4]), "3 photos are left, of which no 4 can be taken"
    assert pooled.highest[2] <= np.log10(5 // 2) + 1e-9
    assert growth.accuracy[evidence_growth.TRAINING, 3] > growth.accuracy[evidence_growth.TRAINING, 1]
    assert (growth.highest.dropna() <= np.log10(6.2)).all()


def test_sets_of_images_are_of_different_photos_and_one_network():
    images = held_out(NETWORKS, predictions("test", TEST_PHOTOS))
    pooled = pool(images, TEST_PHOTOS, 3, 5, np.random.default_rng(0))
    assert len(pooled.sources) == 5 * 7 and all(len(set(drawn)) == 3 for drawn in pooled.sources)
    every = pool(images, TEST_PHOTOS, 1, 6, np.random.default_rng(0))
    assert sorted(drawn for drawn in every.sources[::7]) == [(photo,) for photo in TEST_PHOTOS]
    likely = pooled.images.log_probabilities
    assert (likely.sum(axis=1) < images.log_probabilities.sum(axis=1).max()).all() and likely.shape == (35, 4)


def test_intervals_of_images_taken_together_are_of_photos_more_than_of_draws():
    """Photos are alike here. With 10 draws the median width is 64 points."""
    images = held_out(NETWORKS, predictions("test", TEST_PHOTOS, tiles=20), predictions("validation", ["v"]))
    rows = [evidence_growth._of_pooled(images, TEST_PHOTOS, 2, seed) for seed in range(8)]
    assert np.median([row["accuracy_high"] - row["accuracy_low"] for row in rows]) < 30


def test_growth_from_a_number_to_the_same_is_no_finding(tables, growth):
    """A study of one training photo has all photos in the first row of the learning curve, too."""
    same = growth.reset_index().replace({"amount": {3: 1}})
    lines = "\n".join(weight_of_evidence({**tables, "evidence_growth": same}, photos=6))
    assert "training photos" not in lines and "side of the crop" in lines


def test_findings_say_what_the_photos_support(tables, growth):
    lines = weight_of_evidence({**tables, "evidence_growth": growth.reset_index()}, photos=6)
    text = "\n".join(lines)
    assert "at most no support for either" in text and "strong support" not in text
    assert "misleading in" in text and "chance 25.0" in text and "nan" not in text
    assert weight_of_evidence({}, photos=6) == []
    few = "\n".join(weight_of_evidence({**tables, "evidence_growth": growth.reset_index()}, photos=2))
    assert few.count("2 photos are too few") >= 4 and "seen here" not in few


def test_classes_are_those_of_the_experiment(tables):
    assert set(tables["likelihood_ratios"].networks) == {2, len(CLASSES)}
