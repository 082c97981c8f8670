"""Table 5: hyperparameters parsed from the images of networks that have a value which the parser never saw."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.predictions import Predictions
from sr_fingerprints.files.table_rows import records
from sr_fingerprints.study.experiments import HYPERPARAMETERS, Experiment, training_networks
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.accuracies import ExperimentPredictions, accuracy_by_group, answers, read_experiments
from sr_fingerprints.tables.writing import escape, latex_table

GROUPS = ("unseen", "seen", "published")


def parser_table(parsers: ExperimentPredictions, networks: pd.DataFrame) -> pd.DataFrame:
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
    frame = parser_table(read_experiments(experiments, predictions), read_network_table(networks))
    write_text(csv, frame.to_csv(index=False, lineterminator="\n"))
    printed, columns = paper_layout(frame)
    caption = r"Accuracy (\%) of parsers, for networks with a value that was withheld from their training."
    write_text(tex, latex_table(printed, caption, "tab:parsers", columns))


def paper_layout(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, tuple[str, str]]]:
    """The unseen rows of `parser_table` as the paper prints them: a row a task, and a column a withheld value.

    Returns the rows, and the columns as `latex_table` wants them. Where there is no such parser, a cell is missing.
    """
    cells = table[table.tested_on == "unseen"]
    withheld = list(dict.fromkeys(cells.withheld))
    rows = []
    for task, of_task in cells.groupby("task", sort=False):
        row = {"task": task, "chance": of_task.chance.iloc[0]}
        for cell in of_task.itertuples():
            row |= {f"{cell.withheld}_mean": cell.accuracy_mean, f"{cell.withheld}_std": cell.accuracy_std}
        rows.append(row)
    names = [f"{value}_{part}" for value in withheld for part in ("mean", "std")]
    headings = {value: (f"without {escape(value)}", ".1f") for value in withheld}
    columns = {"task": ("Parsed", ""), **headings, "chance": ("Chance", ".1f")}
    return pd.DataFrame(rows, columns=["task", *names, "chance"]), columns


def _rows(experiment: Experiment, seeds: Sequence[Predictions], networks: pd.DataFrame) -> list[dict[str, object]]:
    (hyperparameter, value), *_ = [*experiment.withhold.items(), ("", "")]
    answered = [
        _grouped(answers(predictions, networks, "custom", "published"), experiment, predictions.classes)
        for predictions in seeds
    ]
    sizes = answered[0].groupby("tested_on", sort=False)
    table = (
        sizes.agg(networks=("network", "nunique"), images=("correct", "size"))
        .join(accuracy_by_group(answered, ["tested_on"]))
        .reset_index()
    )
    described = {"experiment": experiment.name, "task": experiment.task, "hyperparameter": hyperparameter}
    described["withheld"] = str(value)
    chance = {"chance": 100.0 / len(seeds[0].classes)}
    return [described | row | chance for row in records(table)]


def _grouped(images: pd.DataFrame, experiment: Experiment, classes: Iterable[str]) -> pd.DataFrame:
    """``images`` with the group of their network, without published ones whose value is not a class."""
    learned_from = set(training_networks(experiment, images).network)
    group = images.origin.where(images.origin == "published", "unseen")
    group = group.where(~images.network.isin(learned_from), "seen")
    known = images[experiment.task].map(str).isin(list(classes)) | (group != "published")
    return images.assign(tested_on=group)[known]
