"""Laundering: the mildest chain of degradations after which a network is no longer named.

Chains are chosen on validation photos, and what they do is reported on test photos.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from sr_fingerprints.attacks.recognisers import Recogniser
from sr_fingerprints.attacks.samples import Pixels, Sample
from sr_fingerprints.degradations.chains import degrade
from sr_fingerprints.degradations.operations import Chain
from sr_fingerprints.runtime.progress import progress

UNTOUCHED: Chain = ()
"""The chain that changes nothing: enough where a network is not named to begin with."""

CLOSE = 0.1
"""Share of the way from guessing to no mistake at all, up to which accuracy may count as at chance."""


@dataclass(frozen=True)
class Chosen:
    """The chain that hides a group of networks from one recogniser."""

    chain: Chain
    reached: bool  # whether accuracy is at chance with it, on validation photos; otherwise none was enough
    accuracy: float  # on validation photos, 0 to 1


def launder(images: Pixels, chain: Chain, seed: int, rows: Sequence[int] | np.ndarray | None = None) -> Pixels:
    """``images`` (n, side, side, 3) after ``chain``, of the same size: others are resized back, bicubically.

    ``rows`` are the indices of those that are wanted, one or more; None: all. What is random in a chain depends on
    the ``seed`` and the image's place in ``images``, whichever are wanted.
    """
    return np.stack(
        [
            _with_size(degrade(images[row], chain, np.random.default_rng([seed, row])), images.shape[1:])
            for row in (range(len(images)) if rows is None else rows)
        ]
    )


def _with_size(image: Pixels, shape: Sequence[int]) -> Pixels:
    if image.shape == tuple(shape):
        return image
    return np.asarray(Image.fromarray(image).resize((shape[1], shape[0]), Image.Resampling.BICUBIC))


def squared_errors(images: Pixels, originals: Pixels) -> npt.NDArray[np.float64]:
    """Mean squared difference of each image (n, height, width, 3) from its original, (n,), in grey levels squared."""
    pairs = zip(images, originals, strict=True)  # one by one, since differences take four times their memory
    return np.array(
        [np.mean((image.astype(np.int32) - original) ** 2, dtype=np.float64) for image, original in pairs]
    )


def choose_chains(
    sample: Sample,
    chains: Sequence[Chain],
    recognisers: Mapping[str, Recogniser],
    groups: Mapping[str, Sequence[str]],
    at_chance: float,
    seed: int,
) -> dict[tuple[str, str], Chosen]:
    """The mildest of ``chains`` that hides each group from each recogniser, by names of recogniser and group.

    ``groups`` has the networks of each. The mildest chain is that of the highest PSNR against the images of the
    group themselves, with which accuracy in the group is at most `most_accuracy`; `UNTOUCHED` if it is so without
    any. If no chain is enough, it is the one with the least accuracy. A recogniser is asked about no chain beyond
    those that it takes.
    """
    tried = [UNTOUCHED, *chains]
    errors = np.array([squared_errors(launder(sample.images, chain, seed), sample.images) for chain in tried])
    right = {name: np.full(errors.shape, np.nan) for name in recognisers}  # NaN: not asked
    found: dict[tuple[str, str], Chosen] = {}
    for group, networks in progress(list(groups.items()), "groups of networks to hide"):
        rows = np.flatnonzero(np.isin(sample.network, list(networks)))
        for number in np.argsort(errors[:, rows].mean(axis=1), kind="stable"):
            wanted = [name for name in recognisers if not found.get((name, group), _NONE).reached]
            if not wanted:
                break
            new = rows[np.isnan([right[name][number, rows] for name in wanted]).any(axis=0)]
            images = launder(sample.images, tried[number], seed, new) if len(new) else sample.images[new]
            for name in wanted:
                if len(new):
                    right[name][number, new] = recognisers[name](images).predicted == sample.network[new]
                accuracy = float(right[name][number, rows].mean())
                reached = accuracy <= most_accuracy(at_chance, len(recognisers[name].classes))
                if reached or accuracy < found.get((name, group), _NONE).accuracy:
                    found[name, group] = Chosen(tried[number], reached, accuracy)
    return found


def most_accuracy(at_chance: float, classes: int) -> float:
    """The largest accuracy, 0 to 1, that counts as at chance: ``at_chance`` times that of guessing.

    But no more than `CLOSE` of the way from guessing to 1: twice the half that guessing reaches with two classes is
    everything.
    """
    guessing = 1 / classes
    return min(at_chance * guessing, guessing + CLOSE * (1 - guessing))


_NONE = Chosen(UNTOUCHED, reached=False, accuracy=np.inf)
