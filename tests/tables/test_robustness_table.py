"""The table of robustness, with answers whose accuracies can be counted by hand, and its figures and findings."""

import pandas as pd
import pytest
from checked_study import DEMO
from readable_figures import assert_readable, drawn

from sr_fingerprints.degradations.answers import COLUMNS, read_answers, write_answers
from sr_fingerprints.figures.robustness import curves, plot_robustness
from sr_fingerprints.figures.robustness_by_network import plot_robustness_by_network
from sr_fingerprints.report.findings.robustness import robustness_findings
from sr_fingerprints.study.augmentation import evaluated
from sr_fingerprints.study.network_table import network_table, write_network_table
from sr_fingerprints.study.networks import custom_networks
from sr_fingerprints.tables.robustness import part_names, robustness_table, tabulate_robustness
from sr_fingerprints.tables.statistics import interval_over_photos

FACTORIAL = {"architectures": ["EDSR"], "scales": [2, 4], "losses": ["L1", "VGG_GAN"], "datasets": ["natural"]}
NETWORKS = network_table(custom_networks(FACTORIAL | {"seeds": [1]}))
NAMES = NETWORKS.network.tolist()
PHOTOS = [f"photo{number}" for number in range(5)]
DEGRADATIONS = [
    {"name": "pristine", "tier": "clean", "chain": []},
    {"name": "jpeg_90", "tier": "web", "chain": [{"jpeg": 90}]},
    {"name": "jpeg_50", "tier": "hard", "chain": [{"jpeg": 50}]},
]
EXPERIMENTS = [
    {"name": "plain", "origin": "custom", "method": "classifier", "classes": 4},
    {"name": "augmented", "origin": "custom", "method": "classifier, degraded in training", "classes": 4},
]
RIGHT = {
    ("plain", "pristine"): lambda name, photo: True,
    ("plain", "jpeg_90"): lambda name, photo: "GAN" in name and photo != "photo0",
    ("plain", "jpeg_50"): lambda name, photo: False,
    ("augmented", "pristine"): lambda name, photo: photo != "photo0",
    ("augmented", "jpeg_90"): lambda name, photo: photo != "photo0",
    ("augmented", "jpeg_50"): lambda name, photo: "x4" in name,
}


def answers(degradations=DEGRADATIONS, experiments=EXPERIMENTS, right=RIGHT):
    return pd.DataFrame(
        [
            {"experiment": experiment["name"], "degradation": row["name"], "network": name, "photo": f"{photo}-0"}
            | {"source": photo, "score": 0.5, "crop": 64}
            | {"predicted": name if right[experiment["name"], row["name"]](name, photo) else "another"}
            for experiment in experiments
            for row in degradations
            for name in NAMES
            for photo in PHOTOS
        ]
    )


def as_rows(table):
    return table[list(COLUMNS)].itertuples(index=False, name=None)


@pytest.fixture
def written(tmp_path):
    write_answers(as_rows(answers()), tmp_path / "answers.csv")
    write_network_table(NETWORKS, tmp_path / "networks.csv")
    return tmp_path


@pytest.fixture
def table(written):
    found = robustness_table(read_answers([written / "answers.csv"]), NETWORKS, EXPERIMENTS, DEGRADATIONS)
    return found.set_index(["experiment", "tier", "degradation"])


def test_accuracies_changes_and_shares_are_those_counted_by_hand(table):
    assert len(table) == 2 * (3 + 3)
    row = table.loc["plain", "web", "jpeg_90"]
    assert row.images == 20 and row.crop == 64 and row.chance == 25
    assert row.accuracy == 40 and row.change == -60 and row.retained == 40
    assert row.accuracy_adversarial == 80 and row.accuracy_L1 == 0 and row.accuracy_2X == row.accuracy_4X == 40
    assert row.retained_adversarial == 80 and row.retained_L1 == 0
    assert row.accuracy_low < 40 < row.accuracy_high and row.change_low < -60 < row.change_high
    assert table.loc["augmented", "hard", "jpeg_50"].accuracy_2X == 0
    assert table.loc["augmented", "hard", "jpeg_50"].accuracy_4X == 100
    better = table.loc["augmented", "hard", "jpeg_50"]
    assert better.gain == 50 and 0 <= better.gain_low < 50 < better.gain_high and table.loc["plain"].gain.isna().all()
    assert table.loc["augmented", "web", "all"].gain == 40
    pristine = table.loc["plain", "clean", "pristine"]
    assert pristine.accuracy == 100 and pristine.change == 0 and pristine.retained == 100
    assert part_names(list(table.columns)) == ["2X", "4X", "L1", "adversarial"]


def test_a_tier_is_the_mean_over_its_degradations_with_photos_as_the_sampling_units():
    more = [*DEGRADATIONS, {"name": "blur", "tier": "web", "chain": [{"blur": 1}]}]
    right = RIGHT | {("plain", "blur"): RIGHT["plain", "pristine"]}
    found = answers(more, EXPERIMENTS[:1], right).assign(correct=lambda rows: rows.predicted == rows.network)
    table = robustness_table(found, NETWORKS, EXPERIMENTS[:1], more).set_index(["tier", "degradation"])
    web = table.loc["web", "all"]
    assert (web.accuracy, web.images, web.change) == pytest.approx((70, 40, -30))
    of_tier = found[found.degradation.isin(["jpeg_90", "blur"])]
    assert (web.accuracy_low, web.accuracy_high) == tuple(100 * end for end in interval_over_photos(of_tier))
    assert table.loc["clean", "all"].accuracy == table.loc["clean", "pristine"].accuracy == 100


def test_it_is_written_as_csv_and_latex(written):
    paths = written / "t.csv", written / "t.tex"
    tabulate_robustness([written / "answers.csv"], written / "networks.csv", EXPERIMENTS, DEGRADATIONS, *paths)
    assert len(pd.read_csv(paths[0])) == 12
    text = paths[1].read_text()
    assert r"jpeg\_90" in text and text.count(r"\midrule") == 2


def test_findings_name_tiers_chance_and_what_augmentation_changes(table):
    lines = robustness_findings(table.reset_index(), photos=5)
    told = "\n".join(lines)
    assert "crops of 64 pixels" in lines[0]
    assert "pristine 100.0" in lines[1] and "tier web 40.0" in lines[1] and "chance 25.0" in lines[1]
    assert "Above chance after 0 of 2 degradations." in lines[1]  # 40 % over five photos, one of them at 0
    assert [text in lines[-1] for text in ("pristine -20.0 [", "tier web +40.0 [", "tier hard +50.0 [")] == [True] * 3
    own = "\n".join(robustness_findings(table.reset_index().assign(origin="published"), photos=5, given="own"))
    assert "own networks: pristine" in own and "published" not in own
    of_four = robustness_findings(table.reset_index(), photos=4)
    assert "fewer than 5 photos" in "\n".join(of_four) and "nan" not in told


def test_curves_are_of_degradations_that_differ_in_their_first_parameter_alone():
    found = curves(evaluated(DEMO["degradations"]))
    assert set(found) == {"jpeg", "resize", "blur", "noise"}
    assert found["jpeg"]["jpeg_90"] == 90 and "jpeg_90_444" not in found["jpeg"] and "jpeg_90_75" not in found["jpeg"]
    assert found["resize"]["pristine"] == 1 and found["resize"]["resize_0.75"] == 0.75
    assert "resize_0.75_nearest" not in found["resize"]
    assert curves(DEGRADATIONS)["jpeg"].keys() == {"pristine", "jpeg_90", "jpeg_50"}
    assert curves(DEGRADATIONS[:2]) == {}


def demo_table(folder):
    """The demo's degradations and four methods, with networks of both origins."""
    degradations = evaluated(DEMO["degradations"])
    methods = ["classifier", "classifier, degraded in training", "PRNU, euclidean", "PRNU, correlation"]
    experiments = [
        {"name": f"{origin}{number}", "origin": origin, "method": method, "classes": 4}
        for origin in ("custom", "published")
        for number, method in enumerate(methods)
    ]
    right = {
        (each["name"], row["name"]): lambda name, photo, part=number: hash_of(name, photo) % 7 > part % 6
        for each in experiments
        for number, row in enumerate(degradations)
    }
    write_answers(as_rows(answers(degradations, experiments, right)), folder / "a.csv")
    write_network_table(NETWORKS, folder / "n.csv")
    tabulate_robustness(
        [folder / "a.csv"], folder / "n.csv", experiments, degradations, folder / "t.csv", folder / "t.tex"
    )
    return folder / "t.csv", degradations


def hash_of(name, photo):
    return NAMES.index(name) * 5 + int(photo[-1])


def test_figures_can_be_read(tmp_path):
    table, degradations = demo_table(tmp_path)
    figure = drawn(lambda pdf, png: plot_robustness(table, degradations, pdf, png), tmp_path)
    assert_readable(figure)
    assert len(figure.axes) == 4 + 1
    assert_readable(drawn(lambda pdf, png: plot_robustness_by_network(table, pdf, png), tmp_path))


def test_figures_of_a_study_without_curves_or_other_degradations(written):
    for number, some in enumerate((DEGRADATIONS[:2], DEGRADATIONS)):
        table = written / f"t{number}.csv"
        tabulate_robustness(
            [written / "answers.csv"], written / "networks.csv", EXPERIMENTS, some, table, written / "t.tex"
        )
        figure = drawn(lambda pdf, png, at=table, rows=some: plot_robustness(at, rows, pdf, png), written)
        assert_readable(figure)
        assert_readable(drawn(lambda pdf, png, at=table: plot_robustness_by_network(at, pdf, png), written))
