"""Scale, loss and family of the network that made an image, read from the probabilities of all networks."""

from pathlib import Path
from typing import Any

import pandas as pd

from sr_fingerprints.attribution.measured_answers import PARSED, TEST, WITHOUT
from sr_fingerprints.tables.accuracies import INTERVAL_HEADING
from sr_fingerprints.tables.attribution import KINDS, UNKNOWN, read_answers, share
from sr_fingerprints.tables.writing import write_table

COLUMNS = {
    "parsed": ("Parsed", ""),
    "images_of": ("Images of", ""),
    "condition": ("Condition", ""),
    "tiles": ("Tiles", "d"),
    "images": ("Images", "d"),
    "accuracy": (r"Accuracy (\%)", ".1f"),
    "accuracy_interval": INTERVAL_HEADING,
    "chance": ("chance", ".1f"),
    "most_common": ("most common", ".1f"),
}


def attribution_parsers_table(answers: pd.DataFrame) -> pd.DataFrame:
    """One row for each property, kind of network, condition and number of tiles taken together.

    ``answers`` are those of `measured_answers.answers_of`. Of images of networks whose value the model knows.
    Columns: parsed, images_of (known networks, or networks left out), condition, tiles, images; accuracy in % with
    its interval over photos; chance, 100 divided by the number of values of known networks; most_common, the share of
    the images that have the most common value, which an answer that is always the same would reach.
    """
    networks = answers[answers.kind == "network"]
    rows = []
    for column in PARSED:
        actual, parsed = networks[f"actual_{column}"], networks[f"parsed_{column}"]
        for tested, images_of in ((TEST, KINDS["network"]), (WITHOUT, UNKNOWN)):
            of_model = networks.tested == tested
            values = set(actual[of_model & networks.known]) - {""}
            images = networks[of_model & (networks.known == (tested == TEST)) & actual.isin(values)]
            if len(values) < 2:
                continue
            for (condition, tiles), found in images.groupby(["condition", "tiles"], sort=False):
                row: dict[str, Any] = {
                    "parsed": column,
                    "images_of": images_of,
                    "condition": condition,
                    "tiles": tiles,
                }
                row |= {"images": len(found)} | share(found, (parsed == actual)[found.index], "accuracy")
                most = 100.0 * float(actual[found.index].value_counts(normalize=True).iloc[0])
                rows.append(row | {"chance": 100.0 / len(values), "most_common": most})
    return pd.DataFrame(rows)


def tabulate_attribution_parsers(answers: str | Path, csv: str | Path, tex: str | Path) -> None:
    """Write the table."""
    table = attribution_parsers_table(read_answers(answers))
    write_table(
        table,
        csv,
        tex,
        caption="Properties of the network that made an image, by the probabilities of all networks.",
        label="tab:attribution_parsers",
        columns=COLUMNS,
        groups=list(zip(table.parsed, table.images_of, strict=True)),
    )
