"""Networks that are named together, and the evidence that they cannot be told apart."""

from pathlib import Path

import numpy as np
import pandas as pd

from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.table_rows import records
from sr_fingerprints.tables.attribution import of_all_known, read_answers, share
from sr_fingerprints.tables.writing import write_table

PAIRS = ("first", "second", "group", "validation_confusion", "test_confusion", "distance", "overlap")

COLUMNS = {
    "group": ("Group", ""),
    "words": ("Network", ""),
    "validation_confusion": ("Confused, validation", ".2f"),
    "test_confusion": ("test", ".2f"),
    "distance": ("Distance", ".1f"),
    "outside": ("Most like, outside", ""),
    "outside_confusion": ("confused, test", ".2f"),
    "outside_distance": ("distance", ".1f"),
    "alone": (r"Itself likeliest (\%)", ".1f"),
    "alone_interval": (r"95\,\% interval", ".1f"),
    "together": (r"Group likeliest (\%)", ".1f"),
    "together_interval": (r"95\,\% interval", ".1f"),
}


def groups_table(answers: pd.DataFrame, pairs: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """One row for each network: whom it is grouped with, and why.

    ``answers``, ``pairs`` and ``sources`` are those of `attribution.answers`. Columns: group, in words; size, the
    number of its networks; network and words; validation_confusion, test_confusion and distance, the largest and the
    least of it and another network of its group (see `pairs_of`), empty for one that is alone; outside, the network
    of another group that it is most often confused with on validation photos, with outside_validation,
    outside_confusion (test) and outside_distance; images of test photos under all conditions; in % of these with
    intervals over photos alone, those for which the network itself is the likeliest of all networks, and together,
    those for which its group is the likeliest of all groups.
    """
    own = of_all_known(answers)
    rows = []
    for words, members in sources[sources.kind == "network"].groupby("group", sort=False):
        for source in records(members):
            name = source["name"]
            mine = pairs[(pairs["first"] == name) | (pairs["second"] == name)]
            images = own[own.name == name]
            row = {"group": words, "size": len(members), "network": name, "words": source["words"]}
            row |= _closest(mine[mine.group]) | _outside(mine[~mine.group], name) | {"images": len(images)}
            row |= share(images, images.likeliest_network == name, "alone") | share(
                images, images.group_right, "together"
            )
            rows.append(row)
    return pd.DataFrame(rows)


def _closest(pairs: pd.DataFrame) -> dict[str, float]:
    if not len(pairs):
        return dict.fromkeys(("validation_confusion", "test_confusion", "distance"), np.nan)
    found = {column: pairs[column].max() for column in ("validation_confusion", "test_confusion")}
    return found | {"distance": pairs.distance.min()}


def _outside(pairs: pd.DataFrame, name: str) -> dict[str, object]:
    if not len(pairs):
        return {"outside": "", "outside_validation": np.nan, "outside_confusion": np.nan, "outside_distance": np.nan}
    nearest = records(pairs.sort_values("validation_confusion", ascending=False, kind="stable").head(1))[0]
    return {
        "outside": nearest["second"] if nearest["first"] == name else nearest["first"],
        "outside_validation": nearest["validation_confusion"],
        "outside_confusion": nearest["test_confusion"],
        "outside_distance": nearest["distance"],
    }


def read_pairs(path: str | Path) -> pd.DataFrame:
    """Read the pairs that `attribution.study.answer_test_images` wrote."""
    return read_csv(path, "pairs of networks", PAIRS, dtype={"first": str, "second": str, "group": bool})


def read_sources(path: str | Path) -> pd.DataFrame:
    """Read the sources that `attribution.study.answer_test_images` wrote."""
    return read_csv(path, "sources of images", ("name", "words", "kind", "group"), dtype=str, keep_default_na=False)


def tabulate_attribution_groups(
    answers: str | Path, pairs: str | Path, sources: str | Path, csv: str | Path, tex: str | Path
) -> None:
    """Write the table."""
    table = groups_table(read_answers(answers), read_pairs(pairs), read_sources(sources))
    caption = "Groups of networks that cannot be told apart: confusion within and outside, and distances."
    write_table(
        table, csv, tex, caption=caption, label="tab:attribution_groups", columns=COLUMNS, groups=list(table.group)
    )
