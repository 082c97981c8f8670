"""Texts of Figure 1: numbers of photos, networks, images and experiments."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sr_fingerprints.files.images import SPLITS, ImageFile
from sr_fingerprints.study.experiments import Experiment, training_networks

Lines = Sequence[tuple[str, str]]
"""Lines of text, each with a second, right-aligned text."""

PARTS = {
    "attribution": "Attribution",
    "backbone": "Attribution",
    "fewer_photos": "Attribution",
    "open_set": "Attribution",
    "prnu": "Attribution",
    "parser": "Parsing",
    "control": "Controls",
}
"""Part of the study of an experiment, by its kind (`Experiment.kind`)."""

QUESTIONS = {"Attribution": "which network?", "Parsing": "which hyperparameters?", "Controls": "is it the network?"}
TIMES = "\N{MULTIPLICATION SIGN}"
ORIGINS = {origin: origin for origin in ("custom", "published", "interpolated")} | {"twin": "twins", "real": "photos"}


@dataclass(frozen=True)
class Part:
    """Experiments of one part: number of classifiers, or runs of PRNU, and their classes."""

    name: str
    is_prnu: bool
    number: int
    lines: Lines


def count_noun(number: int, noun: str) -> str:
    """A number with its noun, such as ``1 photo`` or ``1,000 photos``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def study_parts(
    experiments: Mapping[str, Experiment], networks: pd.DataFrame, published_are: str = "published"
) -> list[Part]:
    """Parts of the study that have ``experiments``, PRNU last. ``networks`` is the table of networks.

    ``published_are`` is what networks of the origin published are called.
    """
    names = ORIGINS | {"published": published_are}
    found: dict[tuple[bool, str], list[Experiment]] = {
        (is_prnu, name): [] for is_prnu in (False, True) for name in QUESTIONS
    }
    for row in experiments.values():
        found[row.is_prnu, PARTS[row.kind]].append(row)
    return [_part(name, is_prnu, rows, networks, names) for (is_prnu, name), rows in found.items() if rows]


def photo_texts(photos: ImageFile) -> tuple[str, str]:
    """Heading with the number of photos, or tiles of photos, and text with the numbers in each split."""
    sources = len(set(photos.source))
    origin = f"of {count_noun(sources, 'photo')}; " if sources != len(photos) else ""
    splits = [f"{split}\N{NO-BREAK SPACE}{len(photos.indices(split)):,}" for split in SPLITS]
    return count_noun(len(photos), _image_noun(photos)), origin + ", ".join(splits)


def network_texts(rows: pd.DataFrame, published_are: str = "published") -> tuple[str, Lines]:
    """Heading and lines for the networks of one group; ``rows`` are those of `selection.overview_rows`.

    ``published_are`` is what networks of the origin published are called.
    """
    group = rows.group.iloc[0]
    if group == "control":
        numbers = {"interpolated": (rows.origin == "interpolated").sum(), "twins": (rows.origin == "twin").sum()}
        return "Controls", [(name, str(number)) for name, number in numbers.items() if number]
    if group == "custom":
        lines = _factorial(rows)
    else:
        lines = [(", ".join(name.replace("_", "\N{NO-BREAK SPACE}") for name in rows.architecture.unique()), "")]
    name = published_are if group == "published" else group
    return count_noun(len(rows), f"{name} network"), lines


def image_line(rows: pd.DataFrame, photos: ImageFile) -> str:
    """Number of images of the networks of `selection.overview_rows`, as text."""
    controls = (rows.group == "control").sum()
    networks = len(rows) - controls
    more = f", and {controls * len(photos):,} of controls" if controls else ""
    each = f"{count_noun(networks, 'network')} {TIMES} {count_noun(len(photos), _image_noun(photos))}"
    return f"{networks * len(photos):,} super-resolved images ({each}){more}"


def bar_texts(parts: Sequence[Part]) -> tuple[str, Lines]:
    """Heading and lines of the bar above all parts with classifiers, or above PRNU."""
    number = sum(part.number for part in parts)
    if parts[0].is_prnu:
        return "PRNU", [("no learning", f"runs {TIMES} classes")]
    how = "trained and tested on images of different photos"
    return count_noun(number, "classifier"), [(how, f"classifiers {TIMES} classes")]


def _image_noun(photos: ImageFile) -> str:
    """``photo``, or ``tile`` if several images of the collection are tiles of one photo."""
    return "photo" if len(set(photos.source)) == len(photos) else "tile"


def _factorial(rows: pd.DataFrame) -> Lines:
    """Values of each hyperparameter and their number; data sets are combined with their seeds."""
    samples = rows.groupby("dataset", sort=False).seed.unique()
    listed = {
        "architecture": list(rows.architecture.unique()),
        "scale": [f"{scale}X" for scale in sorted(rows.scale.unique())],
        "loss": [loss.replace("_", "\N{NO-BREAK SPACE}") for loss in rows.loss.unique()],
        "data set": [
            f"{dataset} (seed{'s' * (len(seeds) != 1)} {', '.join(map(str, seeds))})"
            for dataset, seeds in samples.items()
        ],
    }
    numbers = [len(listed[name]) for name in ("architecture", "scale", "loss")] + [samples.map(len).sum()]
    texts = [f"{name}: {', '.join(values)}" for name, values in listed.items()]
    return [
        (text, f"{TIMES}{number}" if i else str(number))
        for i, (text, number) in enumerate(zip(texts, numbers, strict=True))
    ]


def _part(
    name: str, is_prnu: bool, rows: Sequence[Experiment], networks: pd.DataFrame, origins: Mapping[str, str]
) -> Part:
    tasks: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        classes = training_networks(row, networks)[row.task].nunique()
        tasks.setdefault(_task_name(row, origins), []).append((_count_runs([row]), classes))
    lines = [(task, _counts_text(counts)) for task, counts in tasks.items()]
    unseen = [row for row in rows if row.withhold]
    if unseen:
        lines.append(("on unseen values", f"{_count_runs(unseen)} of {_count_runs(rows)}"))
    return Part(name, is_prnu, _count_runs(rows), [(QUESTIONS[name], ""), *lines])


def _count_runs(rows: Iterable[Experiment]) -> int:
    """Number of classifiers, one per seed, or runs of PRNU of these experiments."""
    return sum(1 if row.is_prnu else len(row.seeds) for row in rows)


def _task_name(row: Experiment, origins: Mapping[str, str]) -> str:
    """Name of the classes of an experiment; ``origins`` has the names of origins."""
    if row.shuffle_labels:
        return "shuffled labels"
    if row.task != "network":
        return row.task.replace("dataset", "data set")
    return ", ".join(origins[origin] for origin in row.train_on)


def _counts_text(counts: Sequence[tuple[int, int]]) -> str:
    """Number of classifiers times number of classes of each, or the range of the latter."""
    numbers, classes = zip(*counts, strict=True)
    fewest, most = min(classes), max(classes)
    each = str(most) if fewest == most else f"{fewest}\N{EN DASH}{most}"
    return f"{sum(numbers)} {TIMES} {each}"
