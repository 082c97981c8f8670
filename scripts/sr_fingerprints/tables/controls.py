"""Controls, which the paper lacks: what must come out at chance if networks are what is recognised, and real photos.

Labels dealt out at random must teach nothing. Twins, one network entered twice under two names, must not be told
apart: whatever tells them apart is the way their images came, not who made them. And an image that no network made
should be recognised as such.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from sr_fingerprints.experiments import Experiment
from sr_fingerprints.network_table import read_network_table
from sr_fingerprints.predictions import Predictions, read_predictions
from sr_fingerprints.statistics import chance_range
from sr_fingerprints.tables.accuracies import INTERVAL_HEADING, Answered, answers, overall, read_answered
from sr_fingerprints.tables.loss_parts import loss_part_table
from sr_fingerprints.tables.writing import write_table
from sr_fingerprints.triplets import restrict

COLUMNS = {
    "control": ("Control", ""),
    "measured": ("Measured", ""),
    "accuracy": (r"\%", ".1f"),
    "accuracy_interval": INTERVAL_HEADING,
    "chance": ("Chance", ".1f"),
    "chance_interval": (r"95\,\% of chance", ".1f"),
}


def control_table(controls: Answered, networks: pd.DataFrame) -> pd.DataFrame:
    """What each control measured, in %.

    ``controls`` has, by name, an experiment and the predictions of one classifier a seed. Columns: control (the
    name), measured (in words), images (of one seed), accuracy_mean, accuracy_std, accuracy_low and accuracy_high (the
    95 % interval over photos), chance, and for shuffled labels chance_low and chance_high (see `chance_range`).
    """
    rows = [
        {"control": name, "measured": measured, "images": len(seeds[0])} | overall(seeds) | chance
        for name, (experiment, predictions) in controls.items()
        for measured, seeds, chance in _measurements(experiment, predictions, networks)
    ]
    return pd.DataFrame(rows, columns=[*dict.fromkeys([*rows[0], "chance_low", "chance_high"])])


def tabulate_controls(
    experiments: Mapping[str, Experiment],
    predictions: Mapping[str, Sequence[Path]],
    attribution: Sequence[Path],
    networks: Path,
    csv: Path,
    tex: Path,
) -> None:
    """Read the predictions of each control, by the name of its experiment, and the networks; write the table.

    ``attribution`` are those of the custom attribution, one file a seed (see `loss_part_table`).
    """
    table = read_network_table(networks)
    custom = [read_predictions(path, with_features=False) for path in attribution]
    frame = pd.concat(
        [control_table(read_answered(experiments, predictions), table), loss_part_table(custom, table)],
        ignore_index=True,
    )
    write_table(
        frame,
        csv,
        tex,
        caption="Controls: what must come out at chance, and photos that no network made.",
        label="tab:controls",
        columns=COLUMNS,
        groups=frame.control,
    )


def _measurements(
    experiment: Experiment, seeds: Sequence[Predictions], networks: pd.DataFrame
) -> Iterator[tuple[str, list[pd.DataFrame], dict[str, float]]]:
    """What is measured of one control, in words; its answers (source and correct), one frame a seed; and chance."""
    even = {"chance": 100.0 / len(seeds[0].classes)}
    if experiment.shuffle_labels:
        low, high = chance_range(seeds[0].actual, seeds[0].predicted)
        spread = {"chance_low": 100.0 * low, "chance_high": 100.0 * high}
        yield "attribution, after labels dealt out at random", [_all(found) for found in seeds], even | spread
    if "twin" in experiment.train_on:
        pairs = _pairs(networks)
        yield "twins told apart", [_within(found, pairs) for found in seeds], {"chance": 50.0}
        between = [_between(found, networks) for found in seeds]
        yield "pairs of twins told apart", between, {"chance": 100.0 / len(pairs)}
    if "real" in experiment.train_on:
        images = [answers(found, networks) for found in seeds]
        real = [rows[rows.origin == "real"] for rows in images]
        yield "real photos recognised as real", real, even
        made = [rows[rows.origin != "real"] for rows in images]
        mistaken = [rows.assign(correct=rows.predicted == "real") for rows in made]
        yield "super-resolved images taken for real", mistaken, even
        yield "super-resolved images attributed to their network", made, even


def _pairs(networks: pd.DataFrame) -> list[list[str]]:
    twins = networks[networks.origin == "twin"]
    return [list(pair) for _, pair in twins.groupby("weights_of", sort=False).network]


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


def _between(found: Predictions, networks: pd.DataFrame) -> pd.DataFrame:
    """Whether each image is attributed to the right pair, by the sum of the two twins' scores."""
    pair_of = networks.set_index("network").weights_of
    scores = pd.DataFrame(found.scores.T).groupby(pair_of[found.classes].to_numpy()).sum().T
    correct = scores.idxmax(axis=1).to_numpy() == pair_of[found.network].to_numpy()
    return pd.DataFrame({"source": found.source, "correct": correct})
