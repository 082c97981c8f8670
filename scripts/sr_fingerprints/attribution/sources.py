"""What an image may come from: the classes of a bundle, and groups of networks that cannot be told apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["network", "interpolation", "photo"]
KINDS: tuple[Kind, ...] = ("network", "interpolation", "photo")


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
    """Words for a group, such as ``waifu2x cunet 2X: denoising level 0, 1 or 2``.

    Members of one family are named by it, with their scales and variants; others by their families, or their words.
    """
    if len(members) == 1:
        return members[0].words
    families = list(dict.fromkeys(member.family for member in members))
    if None in families or len(families) > 1:
        names = [member.words for member in members] if None in families else [str(family) for family in families]
        return _alternatives(dict.fromkeys(names))
    scales = _alternatives(f"{scale}X" for scale in dict.fromkeys(member.scale for member in members) if scale)
    variants = _alternatives(dict.fromkeys(member.variant for member in members if member.variant))
    named = " ".join(part for part in (families[0], scales) if part)
    return f"{named}: {variants}" if variants else named


def _alternatives(words) -> str:  # type: ignore[no-untyped-def]
    *first, last = list(words) or [""]
    return f"{', '.join(first)} or {last}" if first else last
