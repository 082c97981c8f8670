"""Photographs that a configuration may name: what they are, how many, whose, and where they are from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NONE_PUBLISHED = "none published"
"""Digest of an archive of which nobody published any."""


@dataclass(frozen=True)
class Photographs:
    """A row of ``resources/photographs.yaml``."""

    name: str
    title: str
    by: str
    page: str
    """Where its authors describe it."""
    licence: str
    images: int
    pixels: tuple[int, int]
    """Width and height of a typical image, for estimates."""
    megabytes: float
    """To download, in units of 10^6 bytes."""
    sources: tuple[Mapping[str, Any], ...]
    """Each has all images, as an ``archive``, ``files`` or ``packages``: see ``schemas/photographs.schema.json``."""

    @property
    def packages(self) -> set[str]:
        """Names of the packages of Debian that the images are from, if any."""
        return {package["name"] for source in self.sources for package in source.get("packages", [])}

    def shares_images_with(self, other: "Photographs") -> bool:
        """Whether images of ``other`` are among these."""
        return self.name == other.name or bool(self.packages & other.packages)

    def in_words(self) -> str:
        """Title, number of images, size and licence, in one line."""
        return f"{self.title}, {self.images:,} images, {in_units(self.megabytes)}; licence: {self.licence}"


def in_units(megabytes: float) -> str:
    """A size in words, in megabytes or gigabytes."""
    return f"{megabytes / 1000:,.1f} GB" if megabytes >= 1000 else f"{megabytes:.0f} MB"
