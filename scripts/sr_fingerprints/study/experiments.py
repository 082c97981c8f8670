"""The table of experiments: the task, the networks to train on, and the networks to evaluate on.

An experiment is a row of the configuration, with one classifier for each of its seeds. The table or figure that it
belongs to follows from its ``kind``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

HYPERPARAMETERS = ("scale", "loss", "architecture", "dataset")
"""Hyperparameters that custom networks differ in and parsers predict, in the order of the paper's Table 5."""

ORIGINS = ("custom", "published", "derived", "twin", "real", "interpolated")
"""Origins of networks, and of photos that are images of no network."""


@dataclass(frozen=True)
class Experiment:
    """One row; the comments in config.yaml explain the columns.

    ``train_on`` and ``evaluate_on`` are origins of networks: custom, published, twin (one network entered twice under
    two names), real (the photos themselves) and interpolated (the photos, downscaled and upscaled again).
    ``evaluate_on`` may have derived ones too: networks of the study, fine-tuned, quantised, pruned and the like.
    """

    name: str
    task: str
    train_on: Sequence[str] = ("custom",)
    only: Mapping[str, Any] = field(default_factory=dict)
    withhold: Mapping[str, Any] = field(default_factory=dict)
    evaluate_on: Sequence[str] = ()
    method: str = "classifier"
    classifier: Mapping[str, Any] = field(default_factory=dict)
    prnu: Mapping[str, Any] = field(default_factory=dict)
    training_photos: int | None = None
    initialised_from: str | None = None
    shuffle_labels: bool = False
    control_of: str | None = None
    seeds: Sequence[int] = (1,)

    @property
    def tested_on(self) -> Sequence[str]:
        """Origins of the networks to evaluate on: those of the training networks, unless ``evaluate_on`` is given."""
        return self.evaluate_on or self.train_on

    @property
    def is_prnu(self) -> bool:
        """Whether the method is PRNU, which matches noise residuals: no training and no seeds."""
        return self.method.startswith("prnu_")

    @property
    def kind(self) -> str:
        """``control``, ``parser`` (of a hyperparameter), ``prnu``, ``open_set`` (attribution by classifiers that
        networks are withheld from), ``fewer_photos`` (with ``training_photos``), ``backbone`` (all networks) or
        ``attribution``.
        """
        unknown = self.withhold and self.task == "network" and not self.is_prnu and self.training_photos is None
        if self.shuffle_labels or "twin" in self.train_on:
            return "control"
        if unknown:  # photos and interpolations may be among what it knows
            return "open_set"
        if {"real", "interpolated"} & set(self.train_on):
            return "control"
        if self.task != "network":
            return "parser"
        if self.is_prnu:
            return "prnu"
        if self.training_photos is not None:
            return "fewer_photos"
        return "backbone" if set(self.train_on) == {"custom", "published"} else "attribution"


def experiment_table(rows: Sequence[Mapping[str, Any]]) -> dict[str, Experiment]:
    """The experiments by name, in the order of the configuration's ``rows``.

    A control takes the classifier settings of the experiment that it controls.
    """
    found: dict[str, Experiment] = {}
    for row in rows:
        experiment = Experiment(**row)
        if experiment.control_of in found:
            experiment = replace(experiment, classifier=found[experiment.control_of].classifier)
        found[experiment.name] = experiment
    return found


SHARED_WITH_CONTROL = ("task", "train_on", "only", "withhold", "initialised_from", "method", "training_photos")
"""Columns in which an experiment and its control must agree, besides the settings of their classifiers."""


def control_problems(experiment: Experiment, earlier: Mapping[str, Experiment]) -> Iterator[str]:
    """Yield each problem of ``control_of``, given the ``earlier`` rows, as ``.key: found ...; allowed: ...``.

    Shuffled labels are a control only if everything else is as in the experiment.
    """
    main = experiment.control_of
    if main is None and experiment.shuffle_labels:
        yield ".control_of: missing; allowed: with shuffle_labels, the row whose labels are shuffled"
    elif main is not None and not experiment.shuffle_labels:
        yield f".control_of: found {main!r} without shuffle_labels; allowed: both, or neither"
    elif main is not None and (main not in earlier or earlier[main].is_prnu):
        rows = ", ".join(name for name, row in earlier.items() if not row.is_prnu)
        yield f".control_of: found {main!r}; allowed: an earlier row that has classifiers: {rows or 'none'}"
    elif main is not None:
        if experiment.classifier:
            yield f".classifier: found {dict(experiment.classifier)}; allowed: nothing, since {main} has the settings"
        for column in SHARED_WITH_CONTROL:
            ours, theirs = (getattr(row, column) for row in (experiment, earlier[main]))
            if ours != theirs:
                yield f".{column}: found {ours!r}; allowed: {theirs!r}, as in {main}"


def parsers_of_published(experiments: Mapping[str, Experiment]) -> list[str]:
    """Names of the parsers in Figure 7: nothing withheld, evaluated on published networks, not trained on them."""
    return [
        name
        for name, row in experiments.items()
        if row.kind == "parser"
        and not row.withhold
        and "published" in row.tested_on
        and "published" not in row.train_on
    ]


def group_by_experiment(names: Sequence[str], files: Sequence[str]) -> dict[str, list[str]]:
    """Group ``files``, one per classifier seed, by experiment; ``names`` has the experiment of each file."""
    grouped: dict[str, list[str]] = {}
    for name, file in zip(names, files, strict=True):
        grouped.setdefault(name, []).append(file)
    return grouped


def training_networks(experiment: Experiment, networks: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``networks`` that the experiment is trained on: never one with a withheld value."""
    rows = _select_networks(experiment, networks, experiment.train_on)
    for column, given in experiment.withhold.items():
        rows = rows[~rows[column].map(str).isin(withheld_values(given))]
    return rows


def withheld_values(given: Any) -> list[str]:
    """The values of a column of ``withhold``, which has one or a list of them."""
    return [str(value) for value in (given if isinstance(given, list) else [given])]


def evaluated_networks(experiment: Experiment, networks: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``networks`` that the experiment is evaluated on.

    With ``evaluate_on``, all networks of these origins, withheld ones included. Otherwise the withheld ones alone, or
    the training networks if nothing is withheld.
    """
    if experiment.withhold and not experiment.evaluate_on:
        return withheld_networks(experiment, networks)
    return _select_networks(experiment, networks, experiment.tested_on)


def withheld_networks(experiment: Experiment, networks: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``networks`` that are left out of training because of the withheld value."""
    rows = _select_networks(experiment, networks, experiment.train_on)
    return rows.drop(training_networks(experiment, networks).index)


def _select_networks(experiment: Experiment, networks: pd.DataFrame, origins: Sequence[str]) -> pd.DataFrame:
    """Rows of these origins; ``only`` restricts custom networks alone, since others may lack such a value."""
    rows = networks[networks.origin.isin(list(origins))]
    for column, value in experiment.only.items():
        rows = rows[(rows.origin != "custom") | (rows[column].map(str) == str(value))]
    return rows
