"""Prepare photos: read, downscale, cut into tiles, split by source photo, and write them as one collection."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from math import floor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from sr_fingerprints.files.images import SPLITS, ImageWriter
from sr_fingerprints.photos.copies import find_copies, pixel_digest
from sr_fingerprints.photos.reading import OR_SKIP, UnreadPhotoError, decode_photo, read_photo
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress

logger = logging.getLogger(__name__)

PLASTIC = 1.3247179572447460
"""The plastic ratio, the real solution of x**3 = x + 1: the steps of the sequence R2 are its powers -1 and -2."""

FIRST_POINT = 10
"""From where the sequence is followed: its next two points lie on either side of the middle of a photo."""


@dataclass(frozen=True)
class Preparation:
    """Settings of the preparation of a photo; lengths are in pixels.

    In this order, a photo is blurred (Gaussian, ``blur_sigma``) and downscaled bicubically if its longest side is
    above ``longest_side`` (960 in the paper), cropped at the right and bottom to a multiple of ``multiple_of`` (so
    that every scale divides it), and cut into squares of side ``tile`` or kept whole (None). A photo whose shorter
    side is then less than ``minimum_side`` is an error. At most ``tiles`` squares of a photo are kept, as of
    `tile_corners`: all of them for None; a mapping has a number for each split.
    """

    longest_side: int | None = None
    blur_sigma: float = 0
    tile: int | None = None
    tiles: int | Mapping[str, int] | None = None
    multiple_of: int = 1
    minimum_side: int = 1

    def most_tiles(self, split: str) -> int | None:
        """The most tiles of one photo in a split; None: all."""
        return self.tiles[split] if isinstance(self.tiles, Mapping) else self.tiles


def prepare_photos(
    files: Mapping[str, Path],
    output: str | Path,
    preparation: Preparation,
    shares: Mapping[str, float],
    seed: int,
    skip_unreadable: bool = False,
) -> None:
    """Read, prepare and split photos, and write them as one collection of images.

    One of several photos with equal pixels is kept (see `find_copies`), and a warning names the others.

    Parameters
    ----------
    files
        Source photos by name.
    shares
        Share of the source photos in each split; all tiles of one photo are in the same split.
    seed
        Seed of the random split.
    skip_unreadable
        Skip files that are damaged or not images, with a warning for each, instead of stopping at the first.

    Attributes of the output list the files that were ``skipped``, the ``copies`` of each photo that has any, the
    digest of the decoded ``pixels`` of every photo, and the ICC ``profiles`` from which photos were converted to
    sRGB. Raises `InputError` with the name of a file that cannot be read or is too small.
    """
    digests, profiles = _digests_and_profiles(files, skip_unreadable)
    found = find_copies(digests)
    left_out = set(chain.from_iterable(found.values()))
    pixels = {name: digest for name, digest in digests.items() if name not in left_out}
    split = split_sources(sorted(pixels), shares, seed)
    attributes = {
        "preparation": vars(preparation),
        "seed": seed,
        "skipped": sorted(set(files) - set(digests)),
        "copies": found,
        "pixels": pixels,
        "profiles": {name: profile for name, profile in profiles.items() if name in pixels},
    }
    with ImageWriter(output, attributes) as writer:
        for source in progress(sorted(pixels), "photos"):
            for photo, image in _tiles(source, files[source], preparation, preparation.most_tiles(split[source])):
                writer.append(image, photo, source, split[source])


def _digests_and_profiles(files: Mapping[str, Path], skip_unreadable: bool) -> tuple[dict[str, str], dict[str, str]]:
    """`pixel_digest` of every readable photo, and the profile of every one that has another than sRGB, by name.

    They are computed before the split, so that shares refer to readable photos.
    """
    digests: dict[str, str] = {}
    profiles: dict[str, str] = {}
    for name, path in progress(files.items(), "reading photos", len(files)):
        try:
            photo = decode_photo(path)
        except UnreadPhotoError:
            raise
        except InputError as error:
            if not skip_unreadable:
                raise
            logger.warning("skipped %s", str(error).removesuffix(OR_SKIP))
            continue
        for remark in photo.remarks:
            logger.warning("%s: %s", path, remark)
        digests[name] = pixel_digest(photo.image)
        if photo.profile:
            logger.info("%s: converted from %s to sRGB", path, photo.profile)
            profiles[name] = photo.profile
    return digests, profiles


def split_sources(sources: Sequence[str], shares: Mapping[str, float], seed: int) -> dict[str, str]:
    """Assign each source photo to a split at random; returns the split of each photo.

    Counts are the shares rounded by largest remainder; a split with a share above zero has at least one photo.
    Raises `InputError` if there are fewer photos than such splits.
    """
    splits = [name for name in SPLITS if shares[name] > 0]
    if len(sources) < len(splits):
        raise InputError(
            f"photos: found {len(sources)} readable photo(s) for the splits {', '.join(splits)}; "
            f"give at least {len(splits)}"
        )
    exact = {name: shares[name] * len(sources) for name in splits}
    count = {name: max(1, floor(exact[name])) for name in splits}
    while sum(count.values()) != len(sources):
        step = 1 if sum(count.values()) < len(sources) else -1
        candidates = [name for name in splits if count[name] + step >= 1]
        count[max(candidates, key=lambda name: step * (exact[name] - count[name]))] += step
    order = np.random.default_rng(seed).permutation(list(sources)).tolist()
    labels = [name for name in splits for _ in range(count[name])]
    return dict(zip(order, labels, strict=True))


def tile_corners(height: int, width: int, tile: int, most: int | None = None) -> list[tuple[int, int]]:
    """Top and left in pixels of the whole tiles in a photo of height and width, from left to right and top to bottom.

    Of more than ``most`` tiles, those are kept that have the first points of a sequence which fills the photo evenly,
    however many points are taken: R2 of Roberts, "The unreasonable effectiveness of quasirandom sequences" (2018).
    """
    rows, columns = height // tile, width // tile
    if most is None or rows * columns <= most:
        kept = {(row, column) for row in range(rows) for column in range(columns)}
    else:
        kept, points = set(), count(FIRST_POINT)
        while len(kept) < most:
            point = next(points)
            kept.add((int(point / PLASTIC % 1 * rows), int(point / PLASTIC**2 % 1 * columns)))
    return [(tile * row, tile * column) for row, column in sorted(kept)]


def _tiles(
    source: str, path: Path, preparation: Preparation, most: int | None
) -> Iterator[tuple[str, npt.NDArray[np.uint8]]]:
    """Yield the downscaled photo, or at most ``most`` tiles, each with a name and as uint8 (height, width, 3)."""
    pixels = np.asarray(_limit_longest_side(read_photo(path), preparation))
    height, width = (side - side % preparation.multiple_of for side in pixels.shape[:2])
    tile = preparation.tile
    least = max(preparation.minimum_side, tile or 1)
    if min(height, width) < least:
        raise InputError(f"{path}: found {width} x {height} pixels; allowed: at least {least} x {least}")
    if tile is None:
        yield source, pixels[:height, :width]
        return
    for top, left in tile_corners(height, width, tile, most):
        yield f"{source}-{top}-{left}", pixels[top : top + tile, left : left + tile]


def _limit_longest_side(image: Image.Image, preparation: Preparation) -> Image.Image:
    longest = preparation.longest_side
    if longest is None or max(image.size) <= longest:
        return image
    if preparation.blur_sigma:
        image = image.filter(ImageFilter.GaussianBlur(preparation.blur_sigma))
    width, height = (max(1, round(side * longest / max(image.size))) for side in image.size)
    return image.resize((width, height), Image.Resampling.BICUBIC)
