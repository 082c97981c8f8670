"""What images of each group of sources are called: a matrix of decisions."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.colors import PowerNorm

from sr_fingerprints.figures.confusion import COLOR_BAR, COLORS, STEEPNESS
from sr_fingerprints.figures.heat_maps import fit_cells
from sr_fingerprints.figures.style import LINE, PAGE_WIDTH, SMALL_TYPE, in_house_style, new_figure, save_figure
from sr_fingerprints.tables.attribution import NAMED, of_all_known, read_answers
from sr_fingerprints.tables.attribution_groups import read_groups, read_sources

OTHERS = {"not_super_resolved": "no network", "unknown": "unknown", "undecided": "undecided"}
LONGEST = 46  # characters of a label


@in_house_style
def plot_attribution_confusion(
    answers: str | Path, sources: str | Path, groups: str | Path, pdf: str | Path, png: str | Path
) -> None:
    """Draw, for images that nothing was done to, one tile each, the share of each answer in a row.

    ``answers``, ``sources`` and ``groups`` are the files of `attribution.study.answer_test_images`. Rows are the
    groups that lie in no other, networks in none, photos and interpolations; columns the same groups and networks, by
    the numbers of their rows, and the other decisions.
    """
    found = of_all_known(read_answers(answers))
    first = found.condition.iloc[0] if "clean" not in set(found.tier) else None
    chosen = found.condition == first if first else found.tier == "clean"
    shares = decision_shares(found[chosen & (found.tiles == 1)], read_sources(sources), read_groups(groups))
    figure = new_figure(PAGE_WIDTH, layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(shares, COLORS, PowerNorm(STEEPNESS, 0, 100), interpolation="nearest", aspect="auto")
    rows = [f"{_short(words)}  {number}" for number, words in enumerate(shares.index, 1)]
    named = len(shares.columns) - len(OTHERS)
    axes.set_yticks(range(len(rows)), rows, fontsize=SMALL_TYPE)
    axes.set_xticks(
        range(len(shares.columns)), [*map(str, range(1, named + 1)), *OTHERS.values()],
        fontsize=SMALL_TYPE, rotation=90,
    )  # fmt: skip
    axes.axvline(named - 0.5, color="white", linewidth=1)
    axes.axhline(named - 0.5, color="white", linewidth=1)
    axes.set(xlabel="called", ylabel="images of")
    figure.colorbar(image, ax=axes, label=COLOR_BAR, shrink=0.6, ticks=[0, 1, 5, 10, 25, 50, 100])
    fit_cells(figure, [axes], width=LINE)
    save_figure(figure, pdf, png)


def decision_shares(answers: pd.DataFrame, sources: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """Share in % of the images of each group, network, photo or interpolation (rows) that is called each (columns).

    Rows have the groups that lie in no other, and networks in none. Columns are these, and the other decisions; a
    network or a smaller group that is named counts for the group that it is in.
    """
    outer = groups[groups.parent == ""].set_index("network").group
    words = sources.name.map(outer).fillna(sources.words).set_axis(sources.name)
    within = groups.assign(outer=groups.network.map(outer)).drop_duplicates("group").set_index("group").outer
    called_as = {**words.to_dict(), **within.to_dict()}
    networks = (sources.kind == "network").to_numpy()
    columns = [*dict.fromkeys(words[networks]), *OTHERS]
    rows = [*dict.fromkeys(words[networks]), *words[~networks]]
    named = answers.decision.isin(NAMED)
    called = answers.answer.map(lambda answer: called_as.get(answer, answer)).where(named, answers.decision)
    counts = pd.crosstab(answers.name.map(words).to_numpy(), called.to_numpy())
    counts = counts.reindex(index=rows, columns=columns, fill_value=0)
    return 100.0 * counts.div(np.maximum(counts.sum(axis=1), 1), axis=0)


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
