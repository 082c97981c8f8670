"""Each source of a bundle: how often its images are recognised, by condition, and how often others are called so."""

from pathlib import Path

import pandas as pd

from sr_fingerprints.files.table_rows import records
from sr_fingerprints.tables.attribution import NAMED, of_all_known, read_answers, share
from sr_fingerprints.tables.attribution_groups import answers_with, read_groups, read_sources
from sr_fingerprints.tables.writing import escape, write_table


def sources_table(answers: pd.DataFrame, sources: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """One row for each source.

    ``answers``, ``sources`` and ``groups`` are those of `attribution.answers`; images are taken one by one (tiles 1).
    Columns: name, words, kind, scale, loss, family, licence and group, its smallest one; images of test photos; in %
    with intervals over photos: recall_<condition>, the images of which it is said that this network, a group of it,
    or of a photo or an interpolation that no network made them; and falsely_named, of the images of all other
    sources, those that it, or a group that it is in and their source is not, is named for.
    """
    own = of_all_known(answers)
    own = own[(own.tiles == 1) & own.known]
    conditions = list(dict.fromkeys(own.condition))
    rows = []
    for source in records(sources):
        images = own[own.name == source["name"]]
        others = own[own.name != source["name"]]
        columns = ("name", "words", "kind", "scale", "loss", "family", "licence", "group")
        row = {key: source[key] for key in columns} | {"images": len(images)}
        for condition in conditions:
            after = images[images.condition == condition]
            row |= share(after, after.right, f"recall_{condition}")
        named = others.decision.isin(NAMED) & others.answer.isin(answers_with(source["name"], groups))
        row |= share(others, named & ~others.right, "falsely_named") if source["kind"] == "network" else {}
        rows.append(row)
    return pd.DataFrame(rows)


def tabulate_attribution_sources(
    answers: str | Path, sources: str | Path, groups: str | Path, csv: str | Path, tex: str | Path
) -> None:
    """Write the table."""
    table = sources_table(read_answers(answers), read_sources(sources), read_groups(groups))
    names = [str(name) for name in table]
    conditions = [name.removeprefix("recall_") for name in names if name.startswith("recall_")]
    conditions = [name for name in conditions if not name.endswith(("_low", "_high"))]
    columns = {"words": ("Source", ""), "licence": ("Licence", "")}
    columns |= {f"recall_{name}": (escape(name), ".0f") for name in conditions}
    columns["falsely_named"] = (r"Falsely named (\%)", ".2f")
    caption = r"Each source: images of test photos recognised (\%), by condition, and others called so."
    write_table(
        table, csv, tex, caption=caption, label="tab:attribution_sources", columns=columns, groups=list(table.kind)
    )
