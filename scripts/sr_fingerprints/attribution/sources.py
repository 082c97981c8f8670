"""What an image may come from: the classes of a bundle, and groups of networks that cannot be told apart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["network", "interpolation", "photo"]
KINDS: tuple[Kind, ...] = ("network", "interpolation", "photo")

NOT_KNOWN = "not known"
"""Value of a property of networks that have none, or of which it is not known."""


@dataclass(frozen=True)
class Source:
    """A class: a super-resolution network, an interpolation, or photos that nobody enlarged, processed in one way."""

    name: str  # unique in a bundle; the network's name in the study
    words: str  # as people are told, such as "waifu2x cunet 2X, denoising level 1"
    kind: Kind
    scale: int | None  # factor on height and width; None for a photo
    loss: str | None  # L1 or GAN; None if there is none, or it is not known
    family: str | None  # such as "waifu2x cunet", "Lanczos"; None for a photo
    variant: str | None  # what tells it from others of its family, such as "denoising level 1"
    licence: str  # of the weights; "none found" if none was; "" for what is no network


@dataclass(frozen=True)
class Group:
    """Two or more networks that validation images show to be mistaken for each other; it may lie in a larger one."""

    words: str
    members: tuple[int, ...]  # places among the sources, ascending
    confusion: float  # mean of the pairs of its two parts, 0 to 0.5: see `groups.pairwise_confusion`


def smallest_group(groups: Sequence[Group], members: Iterable[int]) -> int | None:
    """The place of the smallest of ``groups`` that contains all ``members``, places of sources; None if none does."""
    wanted = set(members)
    around = [place for place, group in enumerate(groups) if wanted <= set(group.members)]
    return min(around, key=lambda place: len(groups[place].members), default=None)


def parent_group(groups: Sequence[Group], place: int) -> int | None:
    """The place of the smallest of ``groups`` that the one at ``place`` lies in; None if it lies in none."""
    members = set(groups[place].members)
    larger = {each: group for each, group in enumerate(groups) if members < set(group.members)}
    return min(larger, key=lambda each: len(larger[each].members), default=None)


LONGEST_WORDS = 300
"""Characters; the most that a bundle has of a group, as schemas/bundle.schema.json says."""

NUMBERED = " (group 12345)"
"""Room that is left for the number that tells groups of the same words apart."""


def described_groups(sources: Sequence[Source], found: Iterable[tuple[tuple[int, ...], float]]) -> tuple[Group, ...]:
    """Groups of given members and confusions, with their words; where these agree, a number tells them apart."""
    groups = [
        Group(group_words([sources[member] for member in members]), members, confusion)
        for members, confusion in found
    ]
    words = [group.words for group in groups]
    return tuple(
        replace(group, words=f"{group.words} (group {number})") if words.count(group.words) > 1 else group
        for number, group in enumerate(groups, 1)
    )


def group_words(members: Sequence[Source]) -> str:
    """Words for a group, such as ``waifu2x cunet 2X: denoising level 0, denoising level 1 or denoising level 2``.

    Members of one family are named by it, with their scales and variants; those without a family by their words.
    Families are separated by semicolons. Where that takes more than `LONGEST_WORDS`, variants are left out, and then
    families, which are counted instead.
    """
    families: dict[str, list[Source]] = {}
    for member in members:
        families.setdefault(member.family or member.words, []).append(member)
    whole = "; or ".join(_family_words(family, of_family, True) for family, of_family in families.items())
    longest = LONGEST_WORDS - len(NUMBERED)
    if len(whole) <= longest:
        return whole
    parts = [_family_words(family, of_family, False) for family, of_family in families.items()]
    for named in range(len(parts), 0, -1):
        others = sum(map(len, list(families.values())[named:]))
        words = "; or ".join(parts[:named] + ([f"one of {others} others"] if others else []))
        if len(words) <= longest:
            return words
    return f"one of {len(members)} networks"


def _family_words(family: str, members: Sequence[Source], with_variants: bool) -> str:
    if len(members) == 1 and with_variants:
        return members[0].words
    scales = _alternatives(f"{scale}X" for scale in dict.fromkeys(each.scale for each in members) if scale)
    variants = _alternatives(dict.fromkeys(each.variant for each in members if each.variant))
    return " ".join(filter(None, [family, scales])) + (f": {variants}" if variants and with_variants else "")


def _alternatives(words: Iterable[str]) -> str:
    *first, last = list(words) or [""]
    return f"{', '.join(first)} or {last}" if first else last
