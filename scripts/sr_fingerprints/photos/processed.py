"""Photos that somebody processed, but that no network enlarged: further images that no network made."""

from pathlib import Path
from zlib import crc32

import numpy as np

from sr_fingerprints.degradations.chains import degrade
from sr_fingerprints.degradations.operations import Chain
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.runtime.provenance import versions


def process_photos(
    photos: str | Path, output: str | Path, name: str, chain: Chain, least_side: int = 1, seed: int = 0
) -> None:
    """Apply ``chain`` to every photo of a collection, and write them in its order, of whatever size they are then.

    ``name`` is that of the collection ``output``, in place of a network's. What is drawn for a photo follows from
    ``seed``, the name and the photo. Raises `InputError` naming the first photo that less than ``least_side`` pixels
    are left of.
    """
    with ImageFile(photos) as originals:
        attributes = {
            "network": name,
            "chain": list(chain),
            "scale": 1,
            "seed": seed,
            "versions": versions("numpy", "pillow", "opencv-python", "h5py"),
        }
        with ImageWriter(output, attributes) as writer:
            for row in progress(range(len(originals)), f"processing photos: {name}"):
                photo = originals.photo[row]
                random = np.random.default_rng([seed, crc32(f"processed/{name}/{photo}".encode())])
                image = degrade(originals.image(row), chain, random)
                if min(image.shape[:2]) < least_side:
                    height, width = image.shape[:2]
                    raise InputError(
                        f"networks.processed: {name}: found {width} x {height} pixels of {photo}; allowed: "
                        f"chains that leave {least_side} or more, the largest crop that classifiers look at"
                    )
                writer.append(image, photo, originals.source[row], originals.split[row])
