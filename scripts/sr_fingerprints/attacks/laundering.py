"""Laundering: the mildest chain of degradations after which a network is no longer named.

Chains are chosen on validation photos, and what they do is reported on test photos.
"""

from collections.abc import Iterator, Mapping, Sequence
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


@dataclass(frozen=True)
class Chosen:
    """The chain that hides a group of networks from one recogniser."""

    chain: Chain
    reached: bool  # whether accuracy is at chance with it, on validation photos; otherwise none was enough
    accuracy: float  # on validation photos, 0 to 1


def launder(images: Pixels, chain: Chain, seed: int) -> Pixels:
    """``images`` (n, side, side, 3) after ``chain``, of the same size: others are resized back, bicubically.

    What is random in a chain depends on the ``seed`` and the image's place in ``images``.
    """
    return np.stack(
        [
            _with_size(degrade(image, chain, np.random.default_rng([seed, number])), image.shape)
            for number, image in enumerate(images)
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
    ``sample`` themselves, over all of them, with which accuracy in the group is at most ``at_chance`` times that of
    guessing; the chain `UNTOUCHED` if it is so without any. If no chain is enough, it is the one with the least
    accuracy. A recogniser is asked about no chain beyond those that it takes.
    """
    errors = [squared_errors(launder(sample.images, chain, seed), sample.images).mean() for chain in chains]
    mildest_first = np.argsort(errors, kind="stable")
    found: dict[tuple[str, str], Chosen] = {}
    for chain in progress([UNTOUCHED, *(chains[number] for number in mildest_first)], "chains of degradations"):
        asked = {
            name: [group for group in groups if not found.get((name, group), _NONE).reached] for name in recognisers
        }
        if not any(asked.values()):
            break
        images = launder(sample.images, chain, seed)
        for name, wanted in asked.items():
            for group, accuracy in _accuracies(recognisers[name], images, sample, groups, wanted):
                reached = accuracy <= at_chance / len(recognisers[name].classes)
                if reached or accuracy < found.get((name, group), _NONE).accuracy:
                    found[name, group] = Chosen(chain, reached, accuracy)
    return found


_NONE = Chosen(UNTOUCHED, reached=False, accuracy=np.inf)


def _accuracies(
    recogniser: Recogniser,
    images: Pixels,
    sample: Sample,
    groups: Mapping[str, Sequence[str]],
    wanted: Sequence[str],
) -> Iterator[tuple[str, float]]:
    """Accuracy in each of the ``wanted`` groups; only their images are classified."""
    members = {group: np.isin(sample.network, list(groups[group])) for group in wanted}
    if members:
        needed = np.flatnonzero(np.any(list(members.values()), axis=0))
        correct = np.zeros(len(sample), bool)
        correct[needed] = recogniser(images[needed]).predicted == sample.network[needed]
        for group, rows in members.items():
            yield group, float(correct[rows].mean())
