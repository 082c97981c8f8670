"""The first screen: what was studied, the first numbers, and what they do not decide."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from docutils import nodes

from sr_fingerprints.figures.selection import networks_in_patches
from sr_fingerprints.report.findings import findings
from sr_fingerprints.report.findings.key_number import KeyNumber
from sr_fingerprints.report.findings.numbers import key_numbers
from sr_fingerprints.report.site.sources import Contents, Sources

NUMBERS = 5
TILES = 24
"""Networks with a patch on the first screen, at most."""

PREFIX = "findings-"
"""Begins the ids of the headings of findings."""


@dataclass(frozen=True)
class Undecided:
    """A finding in words in which something is undecided, and has no number on the first screen."""

    title: str
    anchor: str
    statements: int


@dataclass(frozen=True)
class Glance:
    """What the first screen shows."""

    networks: str  # how many of which kind, such as "48 networks trained for it and 11 published ones"
    numbers: Sequence[KeyNumber]
    undecided: Sequence[KeyNumber]  # of all numbers, in their order
    in_words: Sequence[Undecided]
    tiles: Sequence[str]  # names of networks whose patch is shown
    of: int  # networks that Figure 2 has


def glance(sources: Sources, contents: Contents) -> Glance:
    """Choose what the first screen shows; nothing is chosen by its result."""
    numbers = key_numbers(contents.tables, sources.counts, contents.tested)
    shown = networks_in_patches(contents.networks)
    return Glance(
        _networks(sources),
        numbers[:NUMBERS],
        [number for number in numbers if number.undecided],
        list(_undecided_in_words(sources, contents)),
        shown[:: -(-len(shown) // TILES) or 1],
        len(shown),
    )


def _networks(sources: Sources) -> str:
    kinds = {
        "trained for it": sources.counts["custom_networks"],
        "published by others": sources.counts["published_networks"],
        "of one's own": sources.counts["own_networks"],
    }
    return ", ".join(f"{number} {words}" for words, number in kinds.items() if number)


def _undecided_in_words(sources: Sources, contents: Contents) -> list[Undecided]:
    """Findings with the word in their text; titles are as `findings.write_findings` writes them."""
    counted: Counter[str] = Counter()
    for title, lines in findings(contents.tables, sources.counts, contents.tested):
        counted[title] += sum("ndecided" in line for line in lines)
    return [
        Undecided(title, f"{PREFIX}{nodes.make_id(title)}", number) for title, number in counted.items() if number
    ]
