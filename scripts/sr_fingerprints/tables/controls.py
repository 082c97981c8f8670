"""Controls, which the paper lacks: measurements that must be at chance if networks are recognised, and real photos.

With shuffled labels, accuracy must be at chance. Twins, one network entered under two names and applied by two paths
through the program, must not be told apart: any difference comes from how the images were computed, not from the
network. And an image that no network made should be recognised as such, also if it was resampled.
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
    image_table,
    overall_accuracy,
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
    """Results of the controls, in %.

    ``controls`` has, by name, an experiment and one set of predictions per classifier seed; ``twins`` are the columns
    that `compare_twins` writes. Columns: control (the name), measured (a description), images (of one seed),
    accuracy_mean, accuracy_std, accuracy_low and accuracy_high (the 95 % interval over photos), chance, for shuffled
    labels chance_low and chance_high (see `chance_range`), and for twins pixels_differ (in % of
    their pixels) and greatest_difference (in grey levels).
    """
    return _table(
        (name, f"{measured}, by PRNU" if experiment.is_prnu else measured, images, chance)
        for name, (experiment, predictions) in controls.items()
        for measured, images, chance in _measurements(experiment, predictions, networks, twins)
    )


def twin_attribution_table(name: str, seeds: Sequence[Predictions], networks: pd.DataFrame) -> pd.DataFrame:
    """Accuracy of attributing twins to their original network, as rows of `control_table`.

    ``seeds`` are predictions of the experiment ``name``, whose classes are networks, one per classifier seed. There
    is one row for the original networks, and one for their twins of each path; none if there are no such images.
    """
    weights_of = networks.set_index("network").reindex(columns=["weights_of", "path"])
    known = weights_of[weights_of.weights_of.isin(seeds[0].classes) & weights_of.index.isin(seeds[0].network)]
    rows = []
    groups = {"networks that have twins": dict.fromkeys(known.weights_of)} if len(known) else {}
    groups |= {f"twins, path: {path}": dict(twins.weights_of) for path, twins in known.groupby("path", sort=False)}
    for who, originals in groups.items():
        answered = []
        for found in seeds:
            images = found.select(np.isin(found.network, list(originals)))
            expected = [originals[network] or network for network in images.network]
            answered.append(
                pd.DataFrame({"source": images.source, "correct": images.predicted == np.array(expected)})
            )
        rows.append((name, f"attribution to the network, of {who}", answered, _uniform_chance(seeds)))
    return _table(rows)


def _table(measurements: Iterable[tuple[str, str, list[pd.DataFrame], dict[str, float]]]) -> pd.DataFrame:
    """Table of measurements (control, description, images by seed, chance), without those that have no images."""
    rows = [
        {"control": control, "measured": measured, "images": len(seeds[0])} | overall_accuracy(seeds) | chance
        for control, measured, seeds, chance in measurements
        if len(seeds[0])
    ]
    columns = ["control", "measured", "images", "accuracy_mean", "accuracy_std", "accuracy_low", "accuracy_high"]
    columns += ["chance", "chance_low", "chance_high", "pixels_differ", "greatest_difference"]
    return pd.DataFrame(rows, columns=columns)


def tabulate_controls(
    experiments: Mapping[str, Experiment],
    predictions: Mapping[str, Sequence[Path]],
    attribution: Mapping[str, Sequence[Path]],
    twins: Sequence[Path],
    networks: Path,
    csv: Path,
    tex: Path,
) -> None:
    """Read the predictions of each control, by experiment name, and the networks; write the table.

    ``attribution`` are the predictions of attribution to custom, and to published networks, by experiment name, as
    far as the study has them (see `twin_attribution_table` and `loss_part_table`). ``twins`` is the file of
    `compare_twins`, or none.
    """
    table = read_network_table(networks)
    attributed = {
        name: [read_predictions(path, with_features=False) for path in paths] for name, paths in attribution.items()
    }
    compared = pd.concat(
        [
            pd.DataFrame(columns=twin_images.COLUMNS),
            *(read_csv(path, "a comparison of twins", twin_images.COLUMNS) for path in twins),
        ]
    )
    parts = [
        control_table(read_experiments(experiments, predictions), table, compared),
        *(twin_attribution_table(name, seeds, table) for name, seeds in attributed.items()),
        *(loss_part_table(seeds, table) for seeds in attributed.values()),
    ]
    frame = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
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
    """Measurements of one control: description; source and correct of each image, one frame per seed; and chance."""
    if experiment.shuffle_labels:
        learned = [found.select(np.isin(found.actual, found.classes)) for found in seeds]
        low, high = chance_range(learned[0].actual, learned[0].predicted)
        spread = {"chance_low": 100.0 * low, "chance_high": 100.0 * high}
        yield (
            "attribution, labels shuffled",
            [_all_images(found) for found in learned],
            _uniform_chance(seeds) | spread,
        )
    if "twin" in experiment.train_on:
        yield from _twin_accuracies(seeds, networks, twins)
    if set(NO_NETWORK) & set(experiment.train_on):
        yield from _photo_accuracies(seeds, networks)


def _twin_accuracies(
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
        yield measured, [_within_pairs(found, members) for found in seeds], {"chance": 50.0} | differ
    if len(pairs) > 1:
        pair_of = twins.set_index("network").weights_of
        yield (
            "pairs of twins told apart",
            [_between_pairs(found, pair_of[pair_of.isin(list(pairs))]) for found in seeds],
            {"chance": 100.0 / len(pairs)},
        )


def _photo_accuracies(
    seeds: Sequence[Predictions], networks: pd.DataFrame
) -> Iterator[tuple[str, list[pd.DataFrame], dict[str, float]]]:
    """Accuracy of telling photos, native or interpolated, from super-resolved images and from each other."""
    images = [image_table(found, networks) for found in seeds]
    learned = networks[networks.network.isin(seeds[0].classes)]
    nouns = {"real": "real photos", "interpolated": "interpolated photos"}
    classes = {kind: set(learned.network[learned.origin == kind]) for kind in nouns}

    def predicted_as(kind: str, made: list[pd.DataFrame]) -> tuple[list[pd.DataFrame], dict[str, float]]:
        chance = {"chance": 100.0 * len(classes[kind]) / len(seeds[0].classes)}
        return [rows.assign(correct=rows.predicted.isin(classes[kind])) for rows in made], chance

    kinds = [kind for kind in nouns if classes[kind]]
    of_kind = {kind: [rows[rows.origin == kind] for rows in images] for kind in nouns}
    made = [rows[~rows.origin.isin(NO_NETWORK)] for rows in images]
    for kind in kinds:
        yield f"{nouns[kind]} recognised as {kind}", *predicted_as(kind, of_kind[kind])
    for kind in kinds:
        for other in [name for name in nouns if name != kind]:
            yield f"{nouns[other]} taken for {kind}", *predicted_as(kind, of_kind[other])
        yield f"super-resolved images taken for {kind}", *predicted_as(kind, made)
    known = [rows[rows.network.isin(learned.network)] for rows in made]
    yield "super-resolved images attributed to their network", known, _uniform_chance(seeds)


def _uniform_chance(seeds: Sequence[Predictions]) -> dict[str, float]:
    return {"chance": 100.0 / len(seeds[0].classes)}


def _all_images(found: Predictions) -> pd.DataFrame:
    return pd.DataFrame({"source": found.source, "correct": found.correct})


def _within_pairs(found: Predictions, pairs: list[list[str]]) -> pd.DataFrame:
    """Whether each image is attributed to the correct one of two twins (1 or 0); 0.5 if both are equally likely."""
    frames = []
    for pair in pairs:
        answered = restrict(found, pair)
        own = answered.scores[range(len(answered.actual)), (answered.actual == pair[1]).astype(int)]
        other = answered.scores.sum(axis=1) - own
        correct = (own > other) + 0.5 * (own == other)
        frames.append(pd.DataFrame({"source": answered.source, "correct": correct}))
    return pd.concat(frames)


def _between_pairs(found: Predictions, pair_of: pd.Series) -> pd.DataFrame:
    """Whether each image of a twin is attributed to the correct pair, by the sum of the two twins' scores.

    ``pair_of`` maps twins to pairs; images of other networks and other classes are left out.
    """
    images, classes = np.isin(found.network, pair_of.index), np.isin(found.classes, pair_of.index)
    scores = pd.DataFrame(
        found.scores[np.ix_(images, classes)].T, index=pair_of.loc[found.classes[classes].tolist()].to_numpy()
    )
    taken_for = scores.groupby(level=0).sum().T.idxmax(axis=1).to_numpy()
    correct = taken_for == pair_of.loc[found.network[images].tolist()].to_numpy()
    return pd.DataFrame({"source": found.source[images], "correct": correct})
