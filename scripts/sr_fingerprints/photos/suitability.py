"""Check what the configuration asks of single photos, as soon as they are read: before hours of other jobs."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.photos.input_kinds import as_attributes, rows_to_compare
from sr_fingerprints.prnu.settings import Extraction, extractions
from sr_fingerprints.runtime.errors import InputError, listed


def check_suitable(
    photos: str | Path,
    figure_photo: str | None,
    prnu: Mapping[str, Mapping[str, Any]],
    period: int,
    inputs: Sequence[Mapping[str, Any]] = (),
    seed: int = 0,
) -> None:
    """Check that ``figure_photo`` is a test photo, and that photos have the crops that PRNU takes of them.

    ``photos`` is the file of `prepare_photos`, ``prnu`` has the settings of each PRNU experiment by configuration
    key, ``period`` is that of `Extraction`. ``inputs`` are the rows of ``generate.inputs``, and ``seed`` draws which
    photo is of which kind: figures show only photos that are downscaled and nothing else, and there must be some.
    Raises `InputError`, one line with the key, the value found and what is allowed.
    """
    with ImageFile(photos) as images:
        problems = [*_figure_problems(images, figure_photo, as_attributes(inputs, seed))]
        for key, settings in prnu.items():
            problems += _prnu_problems(images, key, settings, period)
    if problems:
        raise InputError(f"configuration: {problems[0]}")


def _figure_problems(images: ImageFile, photo: str | None, attributes: Mapping[str, Any]) -> Iterator[str]:
    rows = rows_to_compare(images, "test", attributes)
    if photo is not None and photo not in {*images.photo[rows], *images.source[rows]}:
        sources = sorted({*images.source[rows]})
        shown = listed([*sources[:20], "..."] if len(sources) > 20 else sources)
        downscaled = " that networks are given downscaled and not otherwise changed" if attributes else ""
        yield f"figures.photo: found {photo!r}; allowed: null, or a test photo{downscaled}: {shown}"


def _prnu_problems(images: ImageFile, key: str, settings: Mapping[str, Any], period: int) -> Iterator[str]:
    (fields,) = extractions([settings], period).values()
    extraction = Extraction(**fields)
    for row in images.indices("test"):
        if extraction.outside(images.size[row]):
            height, width = images.size[row]
            moved = f"which moves crops of {extraction.crop} pixels out of {images.photo[row]}, of {width} x {height}"
            allowed = "smaller shifts, smaller crops or larger photos"
            yield f"{key}.shift: found {settings['shift']}, {moved} pixels; allowed: {allowed}"
            return
