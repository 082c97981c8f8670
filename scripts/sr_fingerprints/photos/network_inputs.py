"""The low-resolution images that networks are given: of each photo one, of one of the kinds of `input_kinds`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from sr_fingerprints.degradations.chains import Pixels, degrade
from sr_fingerprints.degradations.operations import settled
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.photos.input_kinds import InputKind, as_attributes, kinds_of
from sr_fingerprints.photos.low_resolution import downscale
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.runtime.provenance import versions


def downscale_photos(
    high_resolution: str | Path,
    scale: int,
    output: str | Path,
    inputs: Sequence[Mapping[str, Any]] = (),
    seed: int = 0,
) -> None:
    """Write the low resolution of every image of a collection, with the same photo, source and split, in its order.

    ``inputs`` are the rows of ``generate.inputs``; without them every photo is downscaled. ``seed`` determines which
    photo is of which kind, and what is drawn for its chain. Raises `InputError` naming the photo whose sides
    ``scale`` does not divide.
    """
    attributes = {
        "scale": scale,
        "kernel": "bicubic, antialiased, as MATLAB's imresize",
        "versions": versions("numpy", "h5py", *(["pillow"] if inputs else [])),
    } | as_attributes(inputs, seed)
    with ImageFile(high_resolution) as photos:
        for photo, (height, width) in zip(photos.photo, photos.size, strict=True):
            if height % scale or width % scale:
                raise InputError(
                    f"{high_resolution}: {photo} has {width} x {height} pixels; allowed: multiples of {scale}"
                )
        kinds = kinds_of(attributes, photos.photo)
        with ImageWriter(output, attributes) as writer:
            for row in progress(range(len(photos)), f"downscaling by {scale}"):
                writer.append(
                    network_input(photos.image(row), scale, kinds[row], photos.photo[row], seed),
                    photo=photos.photo[row],
                    source=photos.source[row],
                    split=photos.split[row],
                )


def network_input(image: Pixels, scale: int, kind: InputKind, photo: str, seed: int) -> Pixels:
    """What a network of ``scale`` is given of a photo, uint8 (h, w, 3): uint8 (h / scale, w / scale, 3).

    Parameters of the kind's chain that are ranges are drawn by ``seed`` and the name of the ``photo``, so that they
    are the same at all scales.
    """
    low = central_part(image, scale) if kind.native else downscale(image, scale)
    random = np.random.default_rng([seed, crc32(f"input/{kind.name}/{photo}".encode())])
    return degrade(low, settled(kind.chain, random), random)


def central_part(image: Pixels, scale: int) -> Pixels:
    """The centre of an image, uint8 (h, w, 3), as large as it is downscaled: uint8 (h / scale, w / scale, 3).

    Of odd margins the one above or to the left is smaller by a pixel.
    """
    height, width = (side // scale for side in image.shape[:2])
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]
