"""Every photo of the study, super-resolved by one network."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sr_fingerprints.errors import InputError
from sr_fingerprints.progress import progress
from sr_fingerprints.provenance import versions
from sr_fingerprints.storage import ImageFile, ImageWriter

if TYPE_CHECKING:
    from sr_fingerprints.networks.super_resolver import SuperResolver

DISTRIBUTIONS = {"torch": ("torch", "basicsr-fixed"), "ncnn": ("ncnn",)}
"""What computes the images, by the framework of the network."""


def super_resolve(
    network: "SuperResolver",
    row: Mapping[str, Any],
    low_resolution: str | Path,
    output: str | Path,
    batch_size: int,
    device: str = "cpu",
) -> None:
    """Write every image of the collection ``low_resolution``, super-resolved, to the collection ``output``.

    The order, and each image's photo, source and split, stay the same; sizes are exactly ``scale`` times as
    large. ``row`` is the network's row of the table of networks and ``device`` what it runs on, for the
    attributes of the file. Up to ``batch_size`` neighbouring images of one size are given to the network at
    once. Raises `InputError` when the images were reduced by another scale than the network's.
    """
    with ImageFile(low_resolution) as photos:
        if photos.attributes["scale"] != network.scale:
            raise InputError(
                f"{low_resolution}: images reduced by {photos.attributes['scale']}; "
                f"{row['network']} needs them reduced by {network.scale}"
            )
        attributes = {
            "network": row["network"],
            "row": dict(row),
            "scale": network.scale,
            "device": device,
            "versions": versions(*DISTRIBUTIONS[row["framework"]]),
        }
        batches = list(_batches(photos.size, batch_size))
        with ImageWriter(output, attributes) as writer:
            for batch in progress(batches, f"super-resolving with {row['network']}"):
                images = network(np.stack([photos.image(index) for index in batch]))
                _check_size(images, photos.size[batch[0]], row)
                for index, image in zip(batch, images, strict=True):
                    writer.append(
                        image, photo=photos.photo[index], source=photos.source[index], split=photos.split[index]
                    )


def _batches(size: np.ndarray, batch_size: int) -> Iterator[range]:
    """Runs of at most ``batch_size`` rows of ``size``, int (count, 2), that are equal."""
    start = 0
    for end in range(1, len(size) + 1):
        if end == len(size) or end - start == batch_size or (size[end] != size[start]).any():
            yield range(start, end)
            start = end


def _check_size(images: np.ndarray, size: np.ndarray, row: Mapping[str, Any]) -> None:
    height, width = size * row["scale"]
    if images.shape[1:] != (height, width, 3) or images.dtype != np.uint8:
        raise InputError(
            f"{row['network']}: made {images.dtype} {images.shape[1:]} of an image of {size[1]} x {size[0]} pixels; "
            f"right would be uint8 ({height}, {width}, 3)"
        )
