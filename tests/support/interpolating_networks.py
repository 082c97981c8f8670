"""A study's images, of three photos and of networks that do nothing but interpolate."""

import numpy as np

from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.photos.low_resolution import upscale
from sr_fingerprints.photos.network_inputs import downscale_photos


def write_collections(folder, networks, names, tiles=1):
    """Write two flat test photos, one with a textured square, and one for training; their low resolutions for every
    scale of the table of ``networks``; and the images of the networks with these names.

    Each photo is there so many times, as tiles of the same content.
    """
    textured = np.full((64, 96, 3), 90, np.uint8)
    textured[32:, 64:] = np.random.default_rng(0).integers(0, 255, (32, 32, 1))
    images = {"textured": ("test", textured), "flat": ("test", np.full((64, 96, 3), 90, np.uint8))}
    images["training"] = ("train", np.random.default_rng(1).integers(0, 255, (64, 96, 3), np.uint8))
    with ImageWriter(folder / "photos.h5", {}) as writer:
        for name, (split, image) in images.items():
            for tile in range(tiles):
                writer.append(image, photo=f"{name}-{tile}", source=name, split=split)
    for scale in sorted(set(networks.scale) - {1}):
        downscale_photos(folder / "photos.h5", scale, folder / f"photos-x{scale}.h5")
    for row in networks.set_index("network").loc[names].itertuples():
        with (
            ImageFile(folder / f"photos-x{row.scale}.h5") as low,
            ImageWriter(folder / f"{row.Index}.h5", {"network": row.Index}) as writer,
        ):
            for i in range(len(low)):
                writer.append(upscale(low.image(i), row.scale), low.photo[i], low.source[i], low.split[i])
