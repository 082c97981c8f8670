"""Where the photos of the study and of each data set come from: files that are here, or photographs to be fetched."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from sr_fingerprints.photos.fetching.photographs import Photographs
from sr_fingerprints.photos.sources import photo_sources, random_fraction
from sr_fingerprints.study.cost.study import Collection, declared_collection, estimate_collection
from sr_fingerprints.study.photographs_table import fetched_names


@dataclass(frozen=True)
class SourcePhotos:
    """Source photos. Before they are fetched, their number is known, and not their names."""

    files: Mapping[str, Path] = field(default_factory=dict)
    """By name; empty if they are fetched."""
    fetched: tuple[Photographs, ...] = ()
    fraction: float = 1.0
    """Share of the fetched ones that is drawn, when they are here."""
    folder: str | None = None
    """What their names are paths below; None for bundled ones."""

    def __len__(self) -> int:
        return len(self.files) or max(1, round(self.fraction * sum(row.images for row in self.fetched)))

    def drawn(self, fraction: float, seed: int) -> Self:
        """A fraction of them, drawn at random: now from files, later from photographs that are to be fetched."""
        if self.fetched:
            return replace(self, fraction=fraction)
        return replace(self, files=random_fraction(self.files, fraction, seed))

    @property
    def inputs(self) -> list[str]:
        """Files, or the folders that photographs are fetched into: inputs of the rules that read photos."""
        if not self.fetched:
            return list(map(str, self.files.values()))
        parent = Path(str(self.folder)) if len(self.fetched) > 1 else Path(str(self.folder)).parent
        return [str(parent / row.name) for row in self.fetched]

    @property
    def names(self) -> list[str] | None:
        """Names of the files; None if they are fetched, since the names are then those of the files in ``inputs``."""
        return None if self.fetched else list(self.files)

    @property
    def groups(self) -> list[str]:
        """Names as `photo_groups` takes them: of fetched photos in several folders these, once for each photo."""
        several = self.fetched if len(self.fetched) > 1 else ()
        return list(self.files) or [f"{row.name}/" for row in several for _ in range(row.images)]

    def estimate(
        self, run_folder: Path, longest_side: int | None = None, tile: int | None = None, tiles: float = float("inf")
    ) -> Collection:
        """The collection that is prepared from them, estimated from sizes of files, or from those of the table."""
        limits = (longest_side, tile, tiles)
        if self.fetched:
            return declared_collection([(row.images, row.pixels) for row in self.fetched], self.fraction, *limits)
        return estimate_collection([run_folder / file for file in self.files.values()], *limits)


def source_photos(section: Mapping[str, Any], table: Mapping[str, Photographs], downloads: str) -> SourcePhotos:
    """The source photos of ``photos`` or of a data set. Raises `InputError` as `photo_sources` does."""
    if names := fetched_names(section):
        parent = Path(downloads, "photographs")
        folder = parent if len(names) > 1 else parent / names[0]
        return SourcePhotos(fetched=tuple(table[name] for name in names), folder=str(folder))
    return SourcePhotos(photo_sources(section["folder"], section["bundled"]), folder=section["folder"])
