"""Photographs on their way into the study: read, reduced, cut into tiles, and split by source photo."""

import logging
import os
import re
import struct
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from math import floor
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from sr_fingerprints.files.images import SPLITS, ImageWriter
from sr_fingerprints.photos.copies import copies, pixel_digest
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress

logger = logging.getLogger(__name__)

# Names here, and the files that scikit-image, scikit-learn and matplotlib install.
BUNDLED = {
    "astronaut": ("skimage", "data/astronaut.png"),
    "chelsea": ("skimage", "data/chelsea.png"),
    "china": ("sklearn", "datasets/images/china.jpg"),
    "coffee": ("skimage", "data/coffee.png"),
    "flower": ("sklearn", "datasets/images/flower.jpg"),
    "grace_hopper": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
    "gravel": ("skimage", "data/gravel.png"),
    "hubble": ("skimage", "data/hubble_deep_field.jpg"),
    "ihc": ("skimage", "data/ihc.png"),
    "motorcycle": ("skimage", "data/motorcycle_left.png"),
    "retina": ("skimage", "data/retina.jpg"),
    "rocket": ("skimage", "data/rocket.jpg"),
}

LARGEST = 500
"""Megapixels of a photo; decoded, so many take 1.5 gigabytes, and preparing it takes several times that."""

Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit is lower, and a warning before it is an error

UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, RuntimeError)
UNREADABLE += (struct.error, zlib.error)
"""What Pillow raises for damaged files of its many formats."""


SECONDS_AHEAD = 60
"""By which the clock of another machine, of a network drive say, may be ahead of this one's."""


@dataclass(frozen=True)
class Preparation:
    """What happens to every photo, in this order; lengths are in pixels.

    A photo is blurred (Gaussian, ``blur_sigma``) and reduced bicubically when its longest side is above
    ``longest_side`` (the paper: 960), cut into squares of side ``tile`` or kept whole (None), and
    cropped at the right and bottom to a multiple of ``multiple_of`` (so that every scale divides it).
    Photos whose shorter side is then less than ``minimum_side`` are an error.
    """

    longest_side: int | None = None
    blur_sigma: float = 0
    tile: int | None = None
    multiple_of: int = 1
    minimum_side: int = 1


def photo_sources(folder: str | None, bundled: Sequence[str]) -> dict[str, Path]:
    """Source photos by name: all files below ``folder`` (hidden ones excepted), or else the bundled ones.

    A file is named by its path below the folder. Raises `InputError` when the folder is empty, for what is in it and
    cannot be read, for names and times that Snakemake cannot handle, and when an installed package lacks a photo that
    comes with it.
    """
    if folder is None:
        return {name: _bundled_file(name) for name in bundled}
    sources = {path.relative_to(folder).as_posix(): path for path in sorted(_files_below(folder))}
    if not sources:
        raise InputError(f"{folder}: found no files; give a folder of photos")
    return sources


def _files_below(folder: str) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise InputError(f"{error.filename}: cannot be read ({error.strerror}); make it readable, or move it away")

    for place, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(place, name) for name in (*folders, *files) if not name.startswith(".")):
            if path.is_symlink() and not path.is_file():
                remedy = "give the photos themselves, or links to them"
                raise InputError(f"{path}: a link to {path.readlink()}, which is not a file; {remedy}")
            if path.is_file():
                yield _usable(path)


def _usable(path: Path) -> Path:
    if re.search(r"[{}]|<\w+>", str(path)):
        raise InputError(f"{path}: braces, or a word in <>, in its name, which Snakemake would fill in; rename it")
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(path).decode(errors="replace")
        raise InputError(f"{shown}: its name is not UTF-8; rename it") from error
    changed = path.stat().st_mtime
    if changed > time.time() + SECONDS_AHEAD:
        found = f"{time.ctime(changed)}, in the future: Snakemake would take all that is made of it for out of date"
        raise InputError(f"{path}: last changed on {found}; `touch` it, or set this machine's clock")
    return path


def _bundled_file(name: str) -> Path:
    package, file = BUNDLED[name]
    path = Path(find_spec(package).origin).parent / file
    if not path.is_file():
        raise InputError(f"photo {name!r}: {path} is missing; install {package} again")
    return path


def prepare_photos(
    files: Mapping[str, Path],
    output: str | Path,
    preparation: Preparation,
    shares: Mapping[str, float],
    seed: int,
    skip_unreadable: bool = False,
) -> None:
    """Read, prepare and split photos, and write them as one collection of images.

    Of photos with the same pixels one is taken (see `copies`), and a warning names the others.

    Parameters
    ----------
    files
        Source photos by name.
    shares
        Share of the source photos in each split; all tiles of one photo are on the same side.
    seed
        Decides the split.
    skip_unreadable
        Go on without files that are not whole images, and warn of each, instead of stopping at the first.

    The file's attributes list what was ``skipped``, the ``copies`` of each photo that has some, and the digest of
    the ``pixels`` of every photo as it was decoded. Raises `InputError` with the name of a file that cannot be read
    or is too small.
    """
    digests = _digests_of_readable(files, skip_unreadable)
    found = copies(digests)
    left_out = set(chain.from_iterable(found.values()))
    pixels = {name: digest for name, digest in digests.items() if name not in left_out}
    split = split_sources(sorted(pixels), shares, seed)
    attributes = {
        "preparation": vars(preparation),
        "seed": seed,
        "skipped": sorted(set(files) - set(digests)),
        "copies": found,
        "pixels": pixels,
    }
    with ImageWriter(output, attributes) as writer:
        for source in progress(sorted(pixels), "photos"):
            for photo, image in _tiles(source, files[source], preparation):
                writer.append(image, photo, source, split[source])


def choose_fraction(sources: Mapping[str, Path], fraction: float, seed: int) -> dict[str, Path]:
    """A fixed share of the source photos, at least one, drawn without replacement."""
    count = max(1, round(fraction * len(sources)))
    chosen = np.random.default_rng(seed).permutation(sorted(sources))[:count].tolist()
    return {name: sources[name] for name in sorted(chosen)}


def split_sources(sources: Sequence[str], shares: Mapping[str, float], seed: int) -> dict[str, str]:
    """Assign each source photo to a split, at random.

    Counts are the shares rounded by largest remainder; a split with a share above zero has at least one photo.
    Raises `InputError` when there are fewer photos than such splits.
    """
    wanted = [name for name in SPLITS if shares[name] > 0]
    if len(sources) < len(wanted):
        raise InputError(
            f"photos: found {len(sources)} readable photo(s) for the splits {', '.join(wanted)}; "
            f"give at least {len(wanted)}"
        )
    exact = {name: shares[name] * len(sources) for name in wanted}
    count = {name: max(1, floor(exact[name])) for name in wanted}
    while sum(count.values()) != len(sources):
        step = 1 if sum(count.values()) < len(sources) else -1
        candidates = [name for name in wanted if count[name] + step >= 1]
        count[max(candidates, key=lambda name: step * (exact[name] - count[name]))] += step
    order = np.random.default_rng(seed).permutation(list(sources)).tolist()
    labels = [name for name in wanted for _ in range(count[name])]
    return dict(zip(order, labels, strict=True))


def read_photo(path: Path) -> Image.Image:
    """Decode a whole image file as 8-bit RGB, turned upright by its EXIF orientation.

    Transparent pixels are laid on white, 16 bits are reduced to the upper 8; of several frames or pages the first is
    taken. Raises `InputError` with the file's name when it is not an image, is damaged, has more than `LARGEST`
    megapixels, or numbers in it of which nobody can tell which is white.
    """
    try:
        with Image.open(path) as image:
            if image.width * image.height > LARGEST * 1_000_000:
                raise ValueError(f"found {image.width} x {image.height} pixels; allowed: up to {LARGEST} megapixels")
            if image.mode in ("I", "F"):
                kind = {"I": "integers of 32 bits", "F": "floating-point numbers"}[image.mode]
                raise ValueError(f"found {kind}; allowed: 8 or 16 bits a channel")
            image = ImageOps.exif_transpose(image)
            if image.mode.startswith("I;16"):
                image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
            if image.has_transparency_data:
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            return image.convert("RGB")
    except UNREADABLE as error:
        raise InputError(
            f"{path}: not a whole image, or not a photo ({error}); mend or remove it, or set skip_unreadable: true"
        ) from error


def _warn_of_frames(path: Path) -> None:
    """Say that a file has more than one image; in MPO, which is what some cameras write, they show the same."""
    with Image.open(path) as image:
        frames = getattr(image, "n_frames", 1)
        if frames > 1 and image.format != "MPO":
            logger.warning("%s: has %d frames or pages; the first is taken", path, frames)


def _digests_of_readable(files: Mapping[str, Path], skip_unreadable: bool) -> dict[str, str]:
    """Digests of the pixels of the files that decode: all of them, before a split that is then never uneven."""
    digests = {}
    for name, path in progress(files.items(), "reading photos", len(files)):
        try:
            digest = pixel_digest(read_photo(path))
            _warn_of_frames(path)
        except InputError as error:
            if not skip_unreadable:
                raise
            logger.warning("skipped %s", error)
        else:
            digests[name] = digest
    return digests


def _tiles(source: str, path: Path, preparation: Preparation) -> Iterator[tuple[str, np.ndarray]]:
    """The prepared image, or its tiles, uint8 (height, width, 3), each with a name."""
    pixels = np.asarray(_reduced(read_photo(path), preparation))
    height, width = (side - side % preparation.multiple_of for side in pixels.shape[:2])
    tile = preparation.tile
    least = max(preparation.minimum_side, tile or 1)
    if min(height, width) < least:
        raise InputError(f"{path}: found {width} x {height} pixels; allowed: at least {least} x {least}")
    if tile is None:
        yield source, pixels[:height, :width]
        return
    for top in range(0, height - tile + 1, tile):
        for left in range(0, width - tile + 1, tile):
            yield f"{source}-{top}-{left}", pixels[top : top + tile, left : left + tile]


def _reduced(image: Image.Image, preparation: Preparation) -> Image.Image:
    longest = preparation.longest_side
    if longest is None or max(image.size) <= longest:
        return image
    if preparation.blur_sigma:
        image = image.filter(ImageFilter.GaussianBlur(preparation.blur_sigma))
    width, height = (max(1, round(side * longest / max(image.size))) for side in image.size)
    return image.resize((width, height), Image.Resampling.BICUBIC)
