"""Table 5: hyperparameters parsed from the images of networks that have a value which the parser never saw."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from sr_fingerprints.experiments import HYPERPARAMETERS, Experiment, training_networks
from sr_fingerprints.network_table import read_network_table
from sr_fingerprints.predictions import Predictions
from sr_fingerprints.tables.accuracies import INTERVAL_HEADING, Answered, answers, by_group, read_answered
from sr_fingerprints.tables.writing import write_table

COLUMNS = {
    "task": ("Parsed", ""),
    "withheld": ("Withheld", ""),
    "tested_on": ("Tested on", ""),
    "networks": ("Networks", "d"),
    "accuracy": (r"Accuracy (\%)", ".1f"),
    "accuracy_interval": INTERVAL_HEADING,
    "chance": ("Chance", ".1f"),
}
GROUPS = ("unseen", "seen", "published")


def parser_table(parsers: Answered, networks: pd.DataFrame) -> pd.DataFrame:
    """Accuracies (%) of parsers, for the networks that they learned from and for others.

    ``parsers`` has, by name, an experiment and the predictions of one classifier a seed. A row is a parser and a
    group of networks (``tested_on``): ``unseen``, custom networks with the withheld value; ``seen``, those that the
    parser learned from, by photos that it did not; and ``published``, as far as their value is one of its classes.
    Columns: experiment, task, hyperparameter and withheld (empty where nothing is), tested_on, networks, images (of
    one seed), accuracy_mean, accuracy_std, accuracy_low and accuracy_high (the 95 % interval over photos), and chance
    (one of as many as there are classes). Rows are in the order of the paper's Table 5: by task, unseen ones first.
    """
    rows = [row for experiment, seeds in parsers.values() for row in _rows(experiment, seeds, networks)]
    rows.sort(key=lambda row: (HYPERPARAMETERS.index(row["task"]), GROUPS.index(row["tested_on"])))
    return pd.DataFrame(rows)


def tabulate_parsers(
    experiments: Mapping[str, Experiment],
    predictions: Mapping[str, Sequence[Path]],
    networks: Path,
    csv: Path,
    tex: Path,
) -> None:
    """Read the predictions of each parser, by the name of its experiment, and the networks; write the table."""
    frame = parser_table(read_answered(experiments, predictions), read_network_table(networks))
    write_table(
        frame,
        csv,
        tex,
        caption="Accuracy of parsers, for networks with a value that was withheld from their training.",
        label="tab:parsers",
        columns=COLUMNS,
        groups=frame.task + frame.tested_on,
    )


def _rows(experiment: Experiment, seeds: Sequence[Predictions], networks: pd.DataFrame) -> list[dict[str, object]]:
    (hyperparameter, value), *_ = [*experiment.withhold.items(), ("", "")]
    answered = [_grouped(answers(predictions, networks), experiment, predictions.classes) for predictions in seeds]
    sizes = answered[0].groupby("tested_on", sort=False)
    table = (
        sizes.agg(networks=("network", "nunique"), images=("correct", "size"))
        .join(by_group(answered, ["tested_on"]))
        .reset_index()
    )
    described = {"experiment": experiment.name, "task": experiment.task, "hyperparameter": hyperparameter}
    described["withheld"] = str(value)
    chance = {"chance": 100.0 / len(seeds[0].classes)}
    return [described | row | chance for row in table.to_dict("records")]


def _grouped(images: pd.DataFrame, experiment: Experiment, classes: Sequence[str]) -> pd.DataFrame:
    """``images`` with the group of their network, without published ones whose value is not a class."""
    learned_from = set(training_networks(experiment, images).network)
    group = images.origin.where(images.origin == "published", "unseen")
    group = group.where(~images.network.isin(learned_from), "seen")
    known = images[experiment.task].map(str).isin(list(classes)) | (group != "published")
    return images.assign(tested_on=group)[known]
