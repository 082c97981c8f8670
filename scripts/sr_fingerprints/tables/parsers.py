"""Table 5: accuracy of parsing hyperparameters of networks with a value that the parser never saw."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.predictions import Predictions
from sr_fingerprints.files.table_rows import records
from sr_fingerprints.study.experiments import HYPERPARAMETERS, Experiment, training_networks
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.accuracies import ExperimentPredictions, accuracy_by_group, image_table, read_experiments
from sr_fingerprints.tables.writing import escape, latex_table

GROUPS = ("unseen", "seen", "published", "custom")
COLUMNS = ["experiment", "task", "hyperparameter", "withheld", "tested_on", "networks", "images"]
COLUMNS += ["accuracy_mean", "accuracy_std", "accuracy_low", "accuracy_high", "chance"]


def parser_table(parsers: ExperimentPredictions, networks: pd.DataFrame) -> pd.DataFrame:
    """Accuracies (%) of parsers, on networks that they were trained on and on others.

    ``parsers`` has, by name, an experiment and one set of predictions per classifier seed. A row is a parser and a
    group of networks (``tested_on``): ``unseen``, networks with the withheld value; ``seen``, networks that the
    parser was trained on, with test photos; and ``published`` or ``custom``, those of an origin that it was not
    trained on whose value is one of its classes. Columns: experiment, task, hyperparameter and withheld (empty if
    nothing is), tested_on, networks, images (of one seed), accuracy_mean, accuracy_std, accuracy_low and
    accuracy_high (the 95 % interval over photos), and chance (100 / number of classes). Rows are in the order of the
    paper's Table 5: by task, unseen ones first.
    """
    rows = [row for experiment, seeds in parsers.values() for row in _rows(experiment, seeds, networks)]
    rows.sort(key=lambda row: (HYPERPARAMETERS.index(row["task"]), GROUPS.index(row["tested_on"])))
    return pd.DataFrame(rows, columns=COLUMNS)


def tabulate_parsers(
    experiments: Mapping[str, Experiment],
    predictions: Mapping[str, Sequence[Path]],
    networks: Path,
    csv: Path,
    tex: Path,
) -> None:
    """Read the predictions of each parser, by experiment name, and the networks; write the table."""
    frame = parser_table(read_experiments(experiments, predictions), read_network_table(networks))
    write_text(csv, frame.to_csv(index=False, lineterminator="\n"))
    printed, columns = paper_layout(frame)
    caption = r"Accuracy (\%) of parsers, for networks with a value that was withheld from their training."
    write_text(tex, latex_table(printed, caption, "tab:parsers", columns))


def paper_layout(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, tuple[str, str]]]:
    """Unseen rows of `parser_table` in the paper's layout: one row per task, one column per withheld value.

    Returns the rows, and the columns in the form of `latex_table`. Cells without a parser are missing.
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
        _with_group(image_table(predictions, networks, "custom", "published"), experiment, predictions.classes)
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


def _with_group(images: pd.DataFrame, experiment: Experiment, classes: Iterable[str]) -> pd.DataFrame:
    """``images`` with the column tested_on, without those of networks of other origins whose value is not a class."""
    learned_from = set(training_networks(experiment, images).network)
    group = images.origin.where(~images.origin.isin(list(experiment.train_on)), "unseen")
    group = group.where(~images.network.isin(learned_from), "seen")
    known = images[experiment.task].map(str).isin(list(classes)) | group.isin(["unseen", "seen"])
    return images.assign(tested_on=group)[known]
