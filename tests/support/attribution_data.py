"""Evidence of sources whose features are known Gaussians, and bundles of it, for the tests of attribution."""

from collections.abc import Sequence

import numpy as np
import torch

from sr_fingerprints.attribution.bundle import Bundle
from sr_fingerprints.attribution.fitting import fit_model
from sr_fingerprints.attribution.observations import Observations
from sr_fingerprints.attribution.sources import Source
from sr_fingerprints.classifiers.backbones import build_classifier

TIERS = {"pristine": "clean", "jpeg_90": "web"}


def sources(networks: int, others: int = 2) -> list[Source]:
    """So many networks, of two scales and families, an interpolation, and kinds of photos."""
    found = [
        Source(
            f"N{place}",
            f"family {place % 2} {2 + 2 * (place % 2)}X, level {place}",
            "network",
            2 + 2 * (place % 2),
            "L1",
            f"family {place % 2}",
            f"level {place}",
            "MIT",
        )
        for place in range(networks)
    ]
    found += [Source("bicubic", "interpolated, bicubic, 2X", "interpolation", 2, None, "bicubic", None, "")]
    found += [Source(f"photo{i}", "a photograph", "photo", None, None, None, None, "") for i in range(others - 1)]
    return found


def gaussian(
    means: np.ndarray,
    names: Sequence[str],
    split: str,
    photos: int,
    tiles: int = 4,
    seed: int = 0,
    spread: float = 1.0,
    photo_spread: float = 0.0,
) -> Observations:
    """Images with features normal around the mean of their source (c, d), with the same spread in all directions.

    ``photo_spread`` is that of a shift which all images of a photo share.
    """
    random = np.random.default_rng([seed, *split.encode()])
    shifts = photo_spread * random.standard_normal((photos, means.shape[1]))
    rows = [
        (place, photo, condition)
        for place in range(len(names))
        for photo in range(photos)
        for condition in TIERS
        for _ in range(tiles)
    ]
    place, photo = (np.array([row[column] for row in rows]) for column in (0, 1))
    noise = spread * random.standard_normal((len(rows), means.shape[1]))
    return Observations(
        features=(means[place] + shifts[photo] + noise).astype(np.float32),
        crops=np.full(len(rows), 4, np.int64),
        name=np.array([names[row[0]] for row in rows]),
        photo=np.array([f"{split} photo {row[1]}" for row in rows]),
        condition=np.array([row[2] for row in rows]),
        tier=np.array([TIERS[row[2]] for row in rows]),
        split=np.full(len(rows), split),
    )


def separated(classes: int, dimensions: int, distance: float, seed: int = 0) -> np.ndarray:
    """Means (c, d) at a distance from each other of about ``distance``."""
    return np.random.default_rng(seed).standard_normal((classes, dimensions)) * distance / np.sqrt(2 * dimensions)


def small_bundle(distance: float = 12.0, networks: int = 4, width: int = 4) -> Bundle:
    """A bundle with an untrained classifier, and a model of features that have nothing to do with it."""
    torch.manual_seed(0)
    classifier = build_classifier(f"highpass{width}", networks + 2).eval()
    known = sources(networks)
    names = [source.name for source in known]
    means = separated(len(known), 2 * width, distance)
    train, validation, test = (
        gaussian(means, names, split, photos, seed=1)
        for split, photos in (("train", 10), ("validation", 30), ("test", 4))
    )
    from sr_fingerprints.attribution.observations import joined

    held_out = joined([validation, test]).rounded()
    return Bundle(
        name="small",
        classifier=classifier,
        backbone=f"highpass{width}",
        model=fit_model(known, train, held_out.select(held_out.split == "validation")),
        side=64,
        most=16,
        held_out=held_out,
        conditions={"pristine": [], "jpeg_90": [{"jpeg": 90}]},
        about={"seed": 1},
    )
