"""Super-resolution of every photo of the study by one network."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sr_fingerprints.files.images import SPLITS, ImageFile, ImageWriter
from sr_fingerprints.photos.input_kinds import inherited
from sr_fingerprints.runtime.background_io import WriteBehind, read_ahead
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.finite import NonFiniteError
from sr_fingerprints.runtime.memory import memory_error_message
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.runtime.provenance import file_digests, versions
from sr_fingerprints.study.network_row import NetworkRow

if TYPE_CHECKING:
    from sr_fingerprints.networks.super_resolver import SuperResolver

DISTRIBUTIONS = {
    "trained": ("torch", "basicsr-fixed", "torchsr"),
    "torch": ("torch", "basicsr-fixed", "torchsr"),
    "spandrel": ("torch", "spandrel"),
    "basicsr": ("torch", "basicsr-fixed"),
    "derived": ("torch", "basicsr-fixed", "torchsr", "spandrel"),
    "ncnn": ("ncnn",),
}
"""Packages that compute the images, by the framework of the network; their versions are recorded."""


def super_resolve(
    network: "SuperResolver",
    row: NetworkRow,
    low_resolution: str | Path,
    output: str | Path,
    batch_size: int,
    device: str = "cpu",
    seed: int = 0,
    weights: Sequence[str | Path] = (),
    splits: Sequence[str] = SPLITS,
) -> None:
    """Super-resolve every image of the collection ``low_resolution`` and write the collection ``output``.

    The order, and each image's photo, source and split, stay the same; sizes are exactly ``scale`` times as
    large. ``row`` is the network's row of the table of networks, ``weights`` are the files that it was loaded
    from and ``device`` is where it runs, for the attributes of the file. Up to ``batch_size`` consecutive images of
    one size form a batch; the next batch is read, and the last one written, while the network computes. Random
    numbers of the network follow from ``seed``, which the attributes record (see `image_seed`). Photos of other than
    the ``splits`` are left out. Raises `InputError` when the images were downscaled by another scale than the
    network's.
    """
    with ImageFile(low_resolution) as photos:
        if photos.attributes["scale"] != network.scale:
            raise InputError(
                f"{low_resolution}: images downscaled by {photos.attributes['scale']}; "
                f"{row.network} needs images downscaled by {network.scale}"
            )
        attributes = {
            "network": row.network,
            "row": row.as_dict(),
            "scale": network.scale,
            "device": device,
            "seed": seed,
            "weights": file_digests(weights),
            "versions": versions(*DISTRIBUTIONS[row.framework]),
        } | inherited(photos.attributes)

        def read(batch: np.ndarray) -> np.ndarray:
            return np.stack([photos.image(index) for index in batch])

        def write(batch: np.ndarray, images: np.ndarray) -> None:
            for index, image in zip(batch, images, strict=True):
                writer.append(image, photos.photo[index], photos.source[index], photos.split[index])

        name = row.run.get("parent", {}).get("network", row.network)  # as its parent, which it may be equal to
        chosen = np.flatnonzero(np.isin(photos.split, list(splits)))
        batches = progress(
            [chosen[batch] for batch in _equal_size_batches(photos.size[chosen], batch_size)],
            f"super-resolving with {row.network}",
        )
        with ImageWriter(output, attributes) as writer:
            with WriteBehind() as write_behind:
                for batch, low in read_ahead(read, batches):
                    seeds = [image_seed(seed, name, photos.photo[index]) for index in batch]
                    images = _run_network(network, low, seeds, row, photos.photo[batch], weights)
                    _check_size(images, photos.size[batch[0]], row)
                    write_behind(write, batch, images)
            writer.attributes |= network.details


def image_seed(seed: int, network: str, photo: str) -> int:
    """Seed, below 2**63, of a network's random numbers for one photo.

    It differs between photos, so that no random pattern common to all images becomes part of the fingerprint.
    """
    return int.from_bytes(hashlib.sha256(f"{seed}/{network}/{photo}".encode()).digest()[:8], "big") >> 1


def _equal_size_batches(size: np.ndarray, batch_size: int) -> Iterator[slice]:
    """Slices of at most ``batch_size`` consecutive equal rows of ``size``, int (count, 2)."""
    start = 0
    for end in range(1, len(size) + 1):
        if end == len(size) or end - start == batch_size or (size[end] != size[start]).any():
            yield slice(start, end)
            start = end


def _run_network(
    network: "SuperResolver",
    low: np.ndarray,
    seeds: Sequence[int],
    row: NetworkRow,
    photos: np.ndarray,
    weights: Sequence[str | Path],
) -> np.ndarray:
    try:
        return network(low, seeds)
    except NonFiniteError as error:
        raise InputError(f"{row.network}: photo {photos[error.index]}: {error}") from error
    except Exception as error:  # networks that others published may raise any, for sizes that they do not take
        if isinstance(error, InputError) or memory_error_message(error):
            raise
        height, width = low.shape[1:3]
        reason = " ".join(str(error).split())[:300]
        raise InputError(
            f"{row.network} ({', '.join(map(str, weights))}): fails on photo {photos[0]}, {width} x {height} pixels "
            f"({type(error).__name__}: {reason}); expected a network that takes images of any size"
        ) from error


def _check_size(images: np.ndarray, size: np.ndarray, row: NetworkRow) -> None:
    height, width = size * row.scale
    if images.shape[1:] != (height, width, 3) or images.dtype != np.uint8:
        raise InputError(
            f"{row.network}: found {images.dtype} {images.shape[1:]} for an image of {size[1]} x {size[0]} pixels; "
            f"allowed: uint8 ({height}, {width}, 3)"
        )
