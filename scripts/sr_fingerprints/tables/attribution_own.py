"""Networks of one's own that were added to a bundle: how often they are recognised, and what they cost the others."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sr_fingerprints.attribution.answers import OWN, PHOTO_KINDS, WITHOUT
from sr_fingerprints.tables.attribution import NAMED, of_all_known, read_answers, share
from sr_fingerprints.tables.attribution_groups import answers_with, read_groups, read_sources
from sr_fingerprints.tables.writing import write_table

COLUMNS = {
    "network": ("Network", ""),
    "condition": ("Condition", ""),
    "images": ("Images", "d"),
    "recall": (r"Recognised (\%)", ".1f"),
    "recall_interval": (r"95\,\% interval", ".1f"),
    "rejected_before": (r"Rejected before (\%)", ".1f"),
    "named_before": ("named before", ".1f"),
    "others_right_before": (r"Others right before (\%)", ".1f"),
    "others_right": ("now", ".1f"),
    "others_called_it": (r"Others called it (\%)", ".2f"),
    "photos_called_it": (r"Photos called it (\%)", ".2f"),
    "own_photos_called_it": ("own photos", ".2f"),
    "own_photos_called_it_interval": (r"95\,\% interval", ".1f"),
}


def own_table(
    answers: pd.DataFrame, sources: pd.DataFrame, groups: pd.DataFrame, added: Sequence[str]
) -> pd.DataFrame:
    """One row for each of the ``added`` networks and each condition, of images of test photos, one tile each.

    ``answers`` (with those of the bundle before), ``sources`` and ``groups`` are those of `attribution.answers`.
    Columns: network, and group, its smallest one; condition; images, of the network; in % with intervals over photos:
    recall, of its images those that it or a group of it is named for; before, when it was not known, rejected_before,
    called unknown or undecided, and named_before, called another network's; others_right_before and others_right, the
    images of all other sources of which is said what is true, by the bundle before and with the new networks;
    others_called_it, images of other networks that it, or a group that it is in and theirs is not, is named for;
    photos_called_it, photos and interpolations; and own_photos_called_it, the very photos that its images were made
    of, which nobody enlarged.
    """
    one = answers[answers.tiles == 1]
    now, before = of_all_known(one), one[one.tested == WITHOUT]
    group_of = sources.set_index("name").group
    rows = []
    for name in added:
        group: Any = group_of[name]
        own_answers = answers_with(name, groups)
        for condition in dict.fromkeys(now.condition):
            after = now[now.condition == condition]
            mine, earlier = after[after.name == name], before[(before.condition == condition)]
            outside = after[after.name != name]
            called = outside.decision.isin(NAMED) & outside.answer.isin(own_answers) & ~outside.right
            photos = outside.kind.isin(PHOTO_KINDS)
            others, others_earlier = after[~after.name.isin(added)], earlier[~earlier.name.isin(added)]
            own_earlier = earlier[earlier.name == name]
            row = {"network": name, "group": group, "condition": condition, "images": len(mine)}
            row |= share(mine, mine.right, "recall")
            rejected = own_earlier.decision.isin(["unknown", "undecided"])
            row |= share(own_earlier, rejected, "rejected_before")
            row |= share(own_earlier, own_earlier.decision.isin(NAMED), "named_before")
            row |= share(others_earlier, others_earlier.right, "others_right_before")
            row |= share(others, others.right, "others_right")
            row |= share(outside[~photos], called[~photos], "others_called_it")
            row |= share(outside[photos], called[photos], "photos_called_it")
            own_photos = one[(one.tested == OWN) & (one.condition == condition)]
            called = own_photos.decision.isin(NAMED) & own_photos.answer.isin(own_answers)
            rows.append(row | share(own_photos, called, "own_photos_called_it"))
    return pd.DataFrame(rows)


def tabulate_attribution_own(
    answers: str | Path,
    sources: str | Path,
    groups: str | Path,
    added: Sequence[str],
    csv: str | Path,
    tex: str | Path,
) -> None:
    """Write the table."""
    table = own_table(read_answers(answers), read_sources(sources), read_groups(groups), added)
    write_table(
        table,
        csv,
        tex,
        caption="Networks added to a bundle: how often they are recognised, and what they take from the others.",
        label="tab:attribution_own",
        columns=COLUMNS,
        groups=list(table.network),
    )
