"""What an image may come from: the classes of a bundle, and groups of networks that cannot be told apart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    """Networks that validation images show cannot be told apart; or a single one that can."""

    words: str
    members: tuple[int, ...]  # places among the sources, ascending


def group_words(members: Sequence[Source]) -> str:
    """Words for a group, such as ``waifu2x cunet 2X: denoising level 0, denoising level 1 or denoising level 2``.

    Members of one family are named by it, with their scales and variants; those without a family by their words.
    Families are separated by semicolons.
    """
    families: dict[str, list[Source]] = {}
    for member in members:
        families.setdefault(member.family or member.words, []).append(member)
    parts = []
    for family, of_family in families.items():
        if len(of_family) == 1:
            parts.append(of_family[0].words)
            continue
        scales = _alternatives(f"{scale}X" for scale in dict.fromkeys(each.scale for each in of_family) if scale)
        variants = _alternatives(dict.fromkeys(each.variant for each in of_family if each.variant))
        parts.append(" ".join(filter(None, [family, scales])) + (f": {variants}" if variants else ""))
    return "; or ".join(parts)


def _alternatives(words: Iterable[str]) -> str:
    *first, last = list(words) or [""]
    return f"{', '.join(first)} or {last}" if first else last
