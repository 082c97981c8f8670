"""Controls, which the paper lacks: what must come out at chance if networks are what is recognised, and real photos.

Shuffled labels must teach nothing. Twins, one network entered twice under two names and applied by two
paths through the program, must not be told apart: whatever tells them apart is the way their images came, not who
made them. And an image that no network made should be recognised as such, also if it was resampled.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.images import twins as twin_images
from sr_fingerprints.study.experiments import Experiment
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.accuracies import (
    INTERVAL_HEADING,
    ExperimentPredictions,
    answers,
    overall,
    read_experiments,
)
from sr_fingerprints.tables.loss_parts import loss_part_table
from sr_fingerprints.tables.statistics import chance_range
from sr_fingerprints.tables.triplets import restrict
from sr_fingerprints.tables.writing import write_table

COLUMNS = {
    "control": ("Control", ""),
    "measured": ("Measured", ""),
    "accuracy": (r"\%", ".1f"),
    "accuracy_interval": INTERVAL_HEADING,
    "chance": ("Chance", ".1f"),
    "chance_interval": (r"95\,\% of chance", ".1f"),
    "pixels_differ": (r"Pixels that differ (\%)", ".2f"),
    "greatest_difference": ("at most (grey levels)", ".0f"),
}
NO_NETWORK = ("real", "interpolated")


def control_table(controls: ExperimentPredictions, networks: pd.DataFrame, twins: pd.DataFrame) -> pd.DataFrame:
    """What each control measured, in %.

    ``controls`` has, by name, an experiment and the predictions of one classifier a seed; ``twins`` are the columns
    that `compare_twins` writes. Columns: control (the name), measured (in words), images (of one seed),
    accuracy_mean, accuracy_std, accuracy_low and accuracy_high (the 95 % interval over photos), chance, for shuffled
    labels chance_low and chance_high (see `chance_range`), and where twins are told apart pixels_differ (in % of
    their pixels) and greatest_difference (in grey levels).
    """
    return _table(
        (name, *measured)
        for name, (experiment, predictions) in controls.items()
        for measured in _measurements(experiment, predictions, networks, twins)
    )


def twin_attribution_table(name: str, seeds: Sequence[Predictions], networks: pd.DataFrame) -> pd.DataFrame:
    """How often twins are attributed to the network that they are twins of: rows as `control_table` has them.

    ``seeds`` are predictions of the experiment ``name``, whose classes are networks, one a seed. There is a row for
    these networks themselves, and one for their twins by each path. There are no rows where there are no such images.
    """
    weights_of = networks.set_index("network").reindex(columns=["weights_of", "path"])
    known = weights_of[weights_of.weights_of.isin(seeds[0].classes) & weights_of.index.isin(seeds[0].network)]
    rows = []
    groups = {"networks that have twins": dict.fromkeys(known.weights_of)} if len(known) else {}
    groups |= {f"twins, path: {path}": dict(twins.weights_of) for path, twins in known.groupby("path", sort=False)}
    for who, originals in groups.items():
        answered = []
        for found in seeds:
            images = found.of(np.isin(found.network, list(originals)))
            wanted = [originals[network] or network for network in images.network]
            answered.append(pd.DataFrame({"source": images.source, "correct": images.predicted == np.array(wanted)}))
        rows.append((name, f"attribution to the network, of {who}", answered, _even(seeds)))
    return _table(rows)


def _table(measurements: Iterable[tuple[str, str, list[pd.DataFrame], dict[str, float]]]) -> pd.DataFrame:
    """Rows of measurements: a control, what is measured, answers, and chance. Those without images are left out."""
    rows = [
        {"control": control, "measured": measured, "images": len(seeds[0])} | overall(seeds) | chance
        for control, measured, seeds, chance in measurements
        if len(seeds[0])
    ]
    columns = ["control", "measured", "images", "accuracy_mean", "accuracy_std", "accuracy_low", "accuracy_high"]
    columns += ["chance", "chance_low", "chance_high", "pixels_differ", "greatest_difference"]
    return pd.DataFrame(rows, columns=columns)


def tabulate_controls(
    experiments: Mapping[str, Experiment],
    predictions: Mapping[str, Sequence[Path]],
    attribution: Sequence[Path],
    published: Sequence[Path],
    twins: Sequence[Path],
    networks: Path,
    csv: Path,
    tex: Path,
) -> None:
    """Read the predictions of each control, by the name of its experiment, and the networks; write the table.

    ``attribution`` are those of the custom attribution, one file a seed (see `loss_part_table`), and ``published``
    those of the published one. ``twins`` is the file of `compare_twins`, or none.
    """
    table = read_network_table(networks)
    custom, others = (
        [read_predictions(path, with_features=False) for path in paths] for paths in (attribution, published)
    )
    compared = pd.concat(
        [
            pd.DataFrame(columns=twin_images.COLUMNS),
            *(read_csv(path, "a comparison of twins", twin_images.COLUMNS) for path in twins),
        ]
    )
    parts = [
        control_table(read_experiments(experiments, predictions), table, compared),
        twin_attribution_table("custom_attribution", custom, table),
        twin_attribution_table("published_attribution", others, table),
        loss_part_table(custom, table),
    ]
    frame = pd.concat([part for part in parts if len(part)], ignore_index=True)
    write_table(
        frame,
        csv,
        tex,
        caption="Controls: what must come out at chance, and photos that no network made.",
        label="tab:controls",
        columns=COLUMNS,
        groups=frame.control.tolist(),
    )


def _measurements(
    experiment: Experiment, seeds: Sequence[Predictions], networks: pd.DataFrame, twins: pd.DataFrame
) -> Iterator[tuple[str, list[pd.DataFrame], dict[str, float]]]:
    """What is measured of one control, in words; its answers (source and correct), one frame a seed; and chance."""
    if experiment.shuffle_labels:
        learned = [found.of(np.isin(found.actual, found.classes)) for found in seeds]
        low, high = chance_range(learned[0].actual, learned[0].predicted)
        spread = {"chance_low": 100.0 * low, "chance_high": 100.0 * high}
        yield (
            "attribution, labels shuffled",
            [_all(found) for found in learned],
            _even(seeds) | spread,
        )
    if "twin" in experiment.train_on:
        yield from _told_apart(seeds, networks, twins)
    if set(NO_NETWORK) & set(experiment.train_on):
        yield from _without_network(seeds, networks)


def _told_apart(
    seeds: Sequence[Predictions], networks: pd.DataFrame, compared: pd.DataFrame
) -> Iterator[tuple[str, list[pd.DataFrame], dict[str, float]]]:
    twins = networks[(networks.origin == "twin") & networks.network.isin(seeds[0].classes)]
    pairs = {name: pair for name, pair in twins.groupby("weights_of", sort=False) if len(pair) == 2}
    paths = pd.Series({name: pair.path.iloc[1] for name, pair in pairs.items()}, dtype=object)
    groups = {f"twins told apart, the second by another path: {path}": paths == path for path in paths.unique()}
    if len(groups) > 1:
        groups["twins told apart, by all paths"] = paths.notna()
    for measured, chosen in groups.items():
        members = [pairs[name].network.tolist() for name in paths.index[chosen]]
        rows = compared[compared.weights_of.isin(paths.index[chosen])]
        differ = {
            "pixels_differ": 100.0 * rows.pixels_differ.sum() / rows.pixels.sum() if len(rows) else np.nan,
            "greatest_difference": rows.greatest_difference.max(),
        }
        yield measured, [_within(found, members) for found in seeds], {"chance": 50.0} | differ
    if len(pairs) > 1:
        pair_of = twins.set_index("network").weights_of
        yield (
            "pairs of twins told apart",
            [_between(found, pair_of[pair_of.isin(list(pairs))]) for found in seeds],
            {"chance": 100.0 / len(pairs)},
        )


def _without_network(
    seeds: Sequence[Predictions], networks: pd.DataFrame
) -> Iterator[tuple[str, list[pd.DataFrame], dict[str, float]]]:
    """How photos, native or interpolated, are told from what networks made, and from each other."""
    images = [answers(found, networks) for found in seeds]
    learned = networks[networks.network.isin(seeds[0].classes)]
    called = {"real": "real photos", "interpolated": "interpolated photos"}
    classes = {kind: set(learned.network[learned.origin == kind]) for kind in called}

    def taken(kind: str, made: list[pd.DataFrame]) -> tuple[list[pd.DataFrame], dict[str, float]]:
        chance = {"chance": 100.0 * len(classes[kind]) / len(seeds[0].classes)}
        return [rows.assign(correct=rows.predicted.isin(classes[kind])) for rows in made], chance

    kinds = [kind for kind in called if classes[kind]]
    of_kind = {kind: [rows[rows.origin == kind] for rows in images] for kind in called}
    made = [rows[~rows.origin.isin(NO_NETWORK)] for rows in images]
    for kind in kinds:
        yield f"{called[kind]} recognised as {kind}", *taken(kind, of_kind[kind])
    for kind in kinds:
        for other in [name for name in called if name != kind]:
            yield f"{called[other]} taken for {kind}", *taken(kind, of_kind[other])
        yield f"super-resolved images taken for {kind}", *taken(kind, made)
    known = [rows[rows.network.isin(learned.network)] for rows in made]
    yield "super-resolved images attributed to their network", known, _even(seeds)


def _even(seeds: Sequence[Predictions]) -> dict[str, float]:
    return {"chance": 100.0 / len(seeds[0].classes)}


def _all(found: Predictions) -> pd.DataFrame:
    return pd.DataFrame({"source": found.source, "correct": found.correct})


def _within(found: Predictions, pairs: list[list[str]]) -> pd.DataFrame:
    """Whether each image is attributed to the right one of two twins; half, where both are as likely."""
    frames = []
    for pair in pairs:
        answered = restrict(found, pair)
        own = answered.scores[range(len(answered.actual)), (answered.actual == pair[1]).astype(int)]
        other = answered.scores.sum(axis=1) - own
        correct = (own > other) + 0.5 * (own == other)
        frames.append(pd.DataFrame({"source": answered.source, "correct": correct}))
    return pd.concat(frames)


def _between(found: Predictions, pair_of: pd.Series) -> pd.DataFrame:
    """Whether each image of a twin is attributed to the right pair, by the sum of the two twins' scores.

    ``pair_of`` has the pair, by twin; images of other networks are left out, and so are other classes.
    """
    images, classes = np.isin(found.network, pair_of.index), np.isin(found.classes, pair_of.index)
    scores = pd.DataFrame(
        found.scores[np.ix_(images, classes)].T, index=pair_of.loc[found.classes[classes].tolist()].to_numpy()
    )
    taken_for = scores.groupby(level=0).sum().T.idxmax(axis=1).to_numpy()
    correct = taken_for == pair_of.loc[found.network[images].tolist()].to_numpy()
    return pd.DataFrame({"source": found.source[images], "correct": correct})
