"""Answers about single images: how often one is given, how often it is right, and what photos are called."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sr_fingerprints.attribution.answers import TEST
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.tables.accuracies import INTERVAL_HEADING
from sr_fingerprints.tables.statistics import interval_over_photos
from sr_fingerprints.tables.writing import write_table

REQUIRED = ("tested", "photo", "name", "kind", "known", "condition", "tiles", "decision", "right")
NAMED = ("network", "group")

COLUMNS = {
    "tested": ("Model", ""),
    "images_of": ("Images of", ""),
    "condition": ("Condition", ""),
    "tiles": ("Tiles", "d"),
    "images": ("Images", "d"),
    "named": (r"Named (\%)", ".1f"),
    "named_interval": INTERVAL_HEADING,
    "right": (r"of these right (\%)", ".1f"),
    "right_interval": INTERVAL_HEADING,
    "chance": ("chance", ".1f"),
    "members_median": ("networks named, median", ".0f"),
    "members_mean": ("mean", ".1f"),
    "network": ("network", ".1f"),
    "group": ("group", ".1f"),
    "not_super_resolved": ("no network", ".1f"),
    "unknown": ("unknown", ".1f"),
    "undecided": ("undecided", ".1f"),
    "rejected": (r"Unknown or undecided (\%)", ".1f"),
    "rejected_interval": INTERVAL_HEADING,
    "covered": (r"In set (\%)", ".1f"),
    "set_size": ("Set size", ".1f"),
}


def attribution_table(answers: pd.DataFrame) -> pd.DataFrame:
    """One row for each model, kind of image, condition and number of tiles taken together.

    ``answers`` are those of `attribution.answers.answers_of`. Columns: tested, what the model knows; images_of, known
    networks, unknown networks, photos or interpolations; condition; tier; tiles; images and photos, their numbers.
    Shares of the images in %, with 95 % intervals over photos (``..._low`` and ``..._high``): named, for which a
    network or a group is named; network, group, not_super_resolved, unknown and undecided, each decision; rejected,
    unknown or undecided. right: of what is named, the share that is so, which for photos, interpolations and unknown
    networks is none; chance, the share that would be right if a source were drawn blindly, as many of them as are
    named; members_median and members_mean, the number of networks that an answer which names any leaves. covered, the
    share whose prediction set at 95 % holds the source, and set_size, the mean number of sources in it.
    """
    rows = []
    kinds = pd.Categorical(_images_of(answers), [*KINDS.values(), UNKNOWN])
    models = pd.Categorical(answers.tested, list(dict.fromkeys(answers.tested)))
    conditions = pd.Categorical(answers.condition, list(dict.fromkeys(answers.condition)))
    keys = [models, kinds, answers.tiles, conditions]
    for (tested, images_of, tiles, condition), found in answers.groupby(keys, observed=True):
        named = found[found.decision.isin(NAMED)]
        known = bool(found.known.all())
        can_be_right = known and images_of == KINDS["network"]
        row: dict[str, Any] = {"tested": tested, "images_of": images_of, "condition": condition}
        row |= {"tier": found.tier.iloc[0], "tiles": tiles, "images": len(found), "photos": found.photo.nunique()}
        row |= share(found, found.decision.isin(NAMED), "named")
        row |= share(named, named.right, "right")
        row["chance"] = 100.0 * (named.members / named.classes).mean() if len(named) and can_be_right else np.nan
        row |= {"members_median": named.members.median(), "members_mean": named.members.mean()}
        for decision in ("network", "group", "not_super_resolved", "unknown", "undecided"):
            row |= share(found, found.decision == decision, decision)
        row |= share(found, found.decision.isin(["unknown", "undecided"]), "rejected")
        row |= share(found, found.covered, "covered") if known else {}  # else its source is no class
        rows.append(row | {"set_size": found.set_size.mean()})
    return pd.DataFrame(rows)


KINDS = {"network": "known networks", "photo": "photos", "interpolation": "interpolations"}
UNKNOWN = "networks left out"


def _images_of(answers: pd.DataFrame) -> pd.Series:
    return answers.kind.map(KINDS).where(answers.known | (answers.kind != "network"), UNKNOWN).rename("images_of")


def share(images: pd.DataFrame, chosen: pd.Series, name: str) -> dict[str, float]:
    """Share in % of ``images`` that are ``chosen``, with its 95 % interval over photos; NaN without images."""
    if not len(images):
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), np.nan)
    low, high = interval_over_photos(pd.DataFrame({"source": images.photo, "correct": chosen.to_numpy(bool)}))
    return {name: 100.0 * float(chosen.mean()), f"{name}_low": 100.0 * low, f"{name}_high": 100.0 * high}


def read_answers(path: str | Path) -> pd.DataFrame:
    """Read what `attribution.study.answer_test_images` wrote."""
    texts = [f"{part}_{column}" for part in ("parsed", "actual") for column in ("scale", "loss", "family")]
    texts += ["answer", "photo", "name"]
    return read_csv(
        path, "answers about images", REQUIRED, keep_default_na=False, na_values={"log10_lr": [""]},
        dtype=dict.fromkeys(texts, str),
    )  # fmt: skip


def tabulate_attribution(answers: str | Path, csv: str | Path, tex: str | Path) -> None:
    """Write the table of the file of ``answers``."""
    table = attribution_table(read_answers(answers))
    write_table(
        table,
        csv,
        tex,
        caption="Attribution of single images of test photos: what is named and how often that is right.",
        label="tab:attribution",
        columns=COLUMNS,
        groups=list(zip(table.tested, table.images_of, strict=True)),
    )


def of_all_known(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table, or of answers, of the model that knows all sources."""
    return table[table.tested == TEST]


def first_rows(table: pd.DataFrame, keys: Sequence[str]) -> list[tuple[Any, ...]]:
    """The different values of ``keys``, in order."""
    return list(dict.fromkeys(table[list(keys)].itertuples(index=False, name=None)))
