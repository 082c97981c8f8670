"""The table, figure and findings of derived networks, from predictions that can be counted by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from readable_figures import assert_readable, drawn

from sr_fingerprints.figures.derived_networks import plot_derived_networks
from sr_fingerprints.files.predictions import Predictions, write_predictions
from sr_fingerprints.report.findings.derived_networks import derived_findings
from sr_fingerprints.study.derived import derived_networks
from sr_fingerprints.study.network_table import network_table, write_network_table
from sr_fingerprints.study.networks import custom_networks, twin_networks
from sr_fingerprints.tables.derived_networks import (
    OUTCOMES,
    derived_table,
    tabulate_derived_networks,
    threshold,
)
from sr_fingerprints.tables.writing import read_table

LISTS = {"architectures": ["EDSR"], "scales": [4], "losses": ["L1"], "datasets": ["a"], "seeds": [1, 2]}
LISTS |= {"losses": ["L1", "GAN"]}
PARENT, SIBLING, STRANGER = "EDSR-a-x4-L1-s1", "EDSR-a-x4-L1-s2", "EDSR-a-x4-GAN-s1"
ENTRIES = [
    {"of": [PARENT], "by": "finetune", "dataset": "a", "iterations": [10, 100]},
    {"of": [PARENT], "by": "prune", "share": [0.1, 0.2]},
    {"of": [PARENT], "by": "checkpoint", "share": [0.5]},
    {"of": [PARENT], "by": "quantise"},
    {"of": [PARENT], "by": "half", "precision": ["bfloat16"]},
    {"of": [PARENT], "by": "average", "with": SIBLING},
]
ROWS = custom_networks(LISTS)
DERIVED = derived_networks(ENTRIES, ROWS)
TWINS = twin_networks([{"network": PARENT, "precision": "bfloat16"}], ROWS, {"precision": "float32"})
NETWORKS = network_table([*ROWS, *DERIVED, *TWINS])
CLASSES = [row.network for row in ROWS]
SURE, UNSURE = 0.9, 0.26
PHOTOS = 5


def predictions(answers):
    """Images of five photos: of each network a list of answers, (class, its probability), one a photo."""
    scores = []
    for given in answers.values():
        for name, probability in given:
            others = (1 - probability) / (len(CLASSES) - 1)
            scores.append([probability if name == each else others for each in CLASSES])
    names = np.repeat(list(answers), PHOTOS)
    photos = np.tile([f"p{number}" for number in range(PHOTOS)], len(answers))
    scores = np.array(scores, np.float32)
    return Predictions(photos, photos, names, names, np.array(CLASSES), scores, np.zeros((len(names), 0), np.float32))


def of_each(derived=((PARENT, SURE),) * PHOTOS):
    """Every known network and twin is recognised; all derived networks have the same answers."""
    own = {name: [(name, SURE)] * PHOTOS for name in CLASSES}
    own |= {row.network: [(PARENT, SURE)] * PHOTOS for row in TWINS}
    return own | {row.network: list(derived) for row in DERIVED}


def distances(squared=1.0):
    rows = [
        {"network": row.network, "photo": f"p{photo}", "source": f"p{photo}", "to_parent": squared * (photo % 2)}
        | {"to_photo": 4.0, "parent_to_photo": 1.0}
        for row in DERIVED
        for photo in range(PHOTOS - 1)
    ]
    return pd.DataFrame(rows)


def table(*answers, validation=None, **changes):
    seen = predictions(validation or of_each())
    return derived_table({"e": [(predictions(given), seen) for given in answers]}, NETWORKS, distances(**changes))


def test_outcomes_are_counted_and_add_up():
    """Of five images: two the parent's, one the sibling's, one a stranger's, and one nobody's."""
    five = [(PARENT, SURE), (PARENT, SURE), (SIBLING, SURE), (STRANGER, SURE), (PARENT, UNSURE)]
    found = table(of_each(five)).set_index("network")
    row = found.loc[DERIVED[0].network]
    assert row[[f"{outcome}_mean" for outcome in OUTCOMES]].tolist() == [40, 20, 40, 20]
    assert (row.named_share, row.siblings, row.chance, row.images) == (20, 1, 25, PHOTOS)
    assert row.parent_low < 40 < row.parent_high
    for name in (PARENT, *(twin.network for twin in TWINS), "known"):
        assert found.loc[name, [f"{outcome}_mean" for outcome in OUTCOMES]].tolist() == [100, 0, 0, 0]
        assert 0 < found.parent_low[name] < 100
    together = found.loc["derived"]
    assert (together.images, together.parent_mean) == (PHOTOS * len(DERIVED), 40)
    assert list(found.index) == ["known", "derived", PARENT, *(row.network for row in [*TWINS, *DERIVED])]


def test_means_are_over_classifiers():
    found = table(of_each(), of_each([(STRANGER, SURE)] * PHOTOS)).set_index("network")
    row = found.loc[DERIVED[0].network]
    assert (row.parent_mean, row.parent_std, row.another_mean, row.named_most) == (50, 50, 50, STRANGER)
    assert np.isnan(table(of_each()).parent_std).all()


def test_the_threshold_rejects_a_twentieth_of_validation_images_of_known_networks():
    random = np.random.default_rng(0)
    answers = {name: [(name, probability) for probability in random.uniform(0.3, 1, PHOTOS)] for name in CLASSES}
    limit = threshold(predictions(answers))
    found = -predictions(answers).scores.max(axis=1)
    assert 0 < (found > limit).mean() <= 0.05 + 1 / len(found)
    unknown = of_each([(PARENT, 0.3)] * PHOTOS) | answers
    assert threshold(predictions(unknown)) == limit, "derived networks are not among those that it is fitted to"


def test_distances_are_in_decibels_of_the_mean_squared_difference():
    row = table(of_each()).set_index("network").loc[DERIVED[0].network]
    assert row.psnr_to_parent == pytest.approx(10 * np.log10(255**2 / 0.5))
    assert row.psnr == pytest.approx(10 * np.log10(255**2 / 4))
    assert row.psnr_of_parent == pytest.approx(10 * np.log10(255**2))
    assert np.isinf(table(of_each(), squared=0).set_index("network").psnr_to_parent[DERIVED[0].network])
    assert np.isnan(table(of_each()).set_index("network").psnr_to_parent[PARENT])


def test_derived_networks_whose_parent_is_no_class_are_left_out():
    seen = predictions(of_each())
    others = replace(seen, classes=np.array([name.replace("EDSR", "RCAN") for name in CLASSES]))
    rows = pd.concat([NETWORKS, NETWORKS[:4].assign(network=others.classes, architecture="RCAN")])
    found = derived_table({"e": [(others, seen)]}, rows, distances())
    assert found.network.tolist() == ["known"]


def write(folder, *answers):
    files = []
    for number, given in enumerate([*answers, of_each()]):
        files.append(folder / f"{number}.h5")
        write_predictions(files[-1], predictions(given))
    write_network_table(NETWORKS, folder / "networks.csv")
    distances().to_csv(folder / "distances.csv", index=False)
    tabulate_derived_networks(
        {"e": files[:-1]},
        {"e": files[-1:] * len(answers)},
        *(folder / name for name in ("networks.csv", "distances.csv", "table.csv", "table.tex")),
    )
    return folder / "table.csv"


def test_findings_are_those_of_the_table(tmp_path):
    csv = write(tmp_path, of_each([(STRANGER, SURE)] * PHOTOS), of_each([(STRANGER, SURE)] * PHOTOS))
    assert r"\toprule" in (tmp_path / "table.tex").read_text()
    lines = derived_findings(read_table(csv), PHOTOS)
    assert "attributed 0.0 |plusmn| 0.0 [" in lines[0] and "to the parent, 100.0 |plusmn| 0.0 [" in lines[0]
    assert lines[1].endswith("to another network, not to none: **seen here**.")
    assert "100.0" in lines[2] and "(10 % of the weights)" in lines[2] and "(100 iterations on a)" in lines[2]
    assert derived_findings(read_table(csv), 2)[1].endswith("**undecided: 2 photos are too few**.")
    nobody = [(PARENT, UNSURE)] * PHOTOS
    (tmp_path / "none").mkdir()
    lines = derived_findings(read_table(write(tmp_path / "none", of_each(nobody))), PHOTOS)
    assert lines[1].endswith("**the opposite is seen here**.")


@pytest.mark.parametrize("iterations", [[10, 100], [0, 1, 2, 3, 5000], [0]])
def test_the_figure_can_be_read_and_has_the_table_s_numbers(iterations, tmp_path):
    entries = [ENTRIES[0] | {"iterations": iterations}, *ENTRIES[1:]]
    entries += [entry | {"of": [STRANGER]} for entry in entries[:2]]
    rows = derived_networks(entries, ROWS)
    seen, amounts = {row.network: [(row.parent, SURE)] * PHOTOS for row in rows}, iter(range(99))
    away = pd.concat([distances().assign(network=row.network, to_parent=next(amounts)) for row in rows])
    known = predictions(of_each())
    networks = network_table([*ROWS, *rows])
    pairs = {"e": [(predictions({name: [(name, SURE)] * PHOTOS for name in CLASSES} | seen), known)]}
    found = derived_table(pairs, networks, away)
    found.to_csv(tmp_path / "table.csv", index=False)
    figure = drawn(lambda pdf, png: plot_derived_networks(tmp_path / "table.csv", pdf, png), tmp_path)
    assert_readable(figure)
    assert len(figure.axes) == 2 * 4
    lines = [line for line in figure.axes[1].lines if line.get_marker() == "o"]
    (line,) = lines
    assert line.get_xdata().tolist() == sorted({0, *iterations})
    assert set(line.get_ydata()) == {100.0}
