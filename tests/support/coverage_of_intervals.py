"""How often intervals hold the truth, in studies made up with known truths.

    uv run python tests/support/coverage_of_intervals.py

A made-up study is crossed: every network of two groups makes an image of every tile of every photo, and the answer to
it is right with a probability whose log-odds are the sum of what is common to all, to the photo, to the network, and
to pairs of them. Photos either vary normally, or a few are much harder than most (an exponential distribution).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import expit

from sr_fingerprints.tables.statistics import LEVEL, difference_interval, interval_over_photos

TILES = 12
PAIRS = 12
"""Pairs of networks that differ in the group alone."""


@dataclass(frozen=True)
class World:
    """Where the log-odds of a right answer come from: standard deviations, and the means of the two groups."""

    means: tuple[float, float] = (0.5, 0.5)
    photo: float = 1.0
    photo_in_group: float = 0.5
    pair: float = 0.7
    pair_in_group: float = 0.4
    photo_and_network: float = 0.5
    few_hard_photos: bool = False

    def of_photos(self, random: np.random.Generator, photos: int) -> np.ndarray:
        """Log-odds (photos, 1, 2) of photos, in either group."""
        shape = photos, 1, 3
        effects = 1 - random.exponential(size=shape) if self.few_hard_photos else random.standard_normal(shape)
        return self.photo * effects[..., :1] + self.photo_in_group * effects[..., 1:]

    def of_networks(self, random: np.random.Generator, pairs: int) -> np.ndarray:
        """Log-odds (1, pairs, 2) of networks, in either group."""
        alike, apart = random.standard_normal((1, pairs, 1)), random.standard_normal((1, pairs, 2))
        return np.array(self.means) + self.pair * alike + self.pair_in_group * apart

    def shares(self, random: np.random.Generator, photos: np.ndarray, networks: np.ndarray) -> np.ndarray:
        """Probabilities (photos, pairs, 2) of a right answer."""
        shape = np.broadcast_shapes(photos.shape, networks.shape)
        return expit(photos + networks + self.photo_and_network * random.standard_normal(shape))


WORLDS = {
    "60 % right": World(),
    "85 % right": World((2.5, 2.5)),
    "97 % right": World((4.5, 4.5)),
    "75 and 81 %": World((1.5, 2.0)),
    "networks differ much": World(pair_in_group=1.0),
    "60 %, few hard photos": World(few_hard_photos=True),
    "85 %, few hard photos": World((2.5, 2.5), few_hard_photos=True),
    "97 %, few hard photos": World((4.5, 4.5), few_hard_photos=True),
}


def studies(world: World, photos: int, count: int, seed: int) -> Iterator[tuple[pd.DataFrame, tuple[float, float]]]:
    """Images of ``count`` studies, and the true mean of each and its true difference, for its networks."""
    random = np.random.default_rng([seed, photos])
    many = world.of_photos(random, 10_000)
    rows = pd.MultiIndex.from_product(
        [range(photos), range(PAIRS), [False, True], range(TILES)], names=["source", "pair", "second", "tile"]
    ).to_frame(index=False)
    for _ in range(count):
        networks = world.of_networks(random, PAIRS)
        true = world.shares(random, many, networks).mean(axis=(0, 1))
        shares = world.shares(random, world.of_photos(random, photos), networks)
        right = random.random((*shares.shape, TILES)) < shares[..., None]
        yield rows.assign(correct=right.ravel()), (float(true.mean()), float(true[1] - true[0]))


def percentiles(images: pd.DataFrame) -> tuple[float, float]:
    """The interval that this project had before: percentiles of the bootstrap over photos."""
    of_photos = images.groupby("source").correct.mean().to_numpy()
    drawn = np.random.default_rng(0).integers(len(of_photos), size=(500, len(of_photos)))
    return tuple(np.quantile(of_photos[drawn].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))


def over_photos(images: pd.DataFrame) -> tuple[float, float]:
    return difference_interval(images, "second")


def over_photos_and_networks(images: pd.DataFrame) -> tuple[float, float]:
    return difference_interval(images, "second", over=("source", "pair"))


INTERVALS: dict[str, tuple[Callable[[pd.DataFrame], tuple[float, float]], str]] = {
    "mean, percentiles of the bootstrap": (percentiles, "mean"),
    "mean, ours": (interval_over_photos, "mean"),
    "difference over photos, for these networks": (over_photos, "difference"),
    "difference over photos, for all networks": (over_photos, "difference of all"),
    "difference over photos and networks, for all": (over_photos_and_networks, "difference of all"),
}
"""Intervals, and the truth that they are to hold: of the study's networks, or of all that there could be."""


def true_difference(world: World) -> float:
    """Over all photos and networks that there could be."""
    random = np.random.default_rng(1)
    shares = world.shares(random, world.of_photos(random, 2_000), world.of_networks(random, 500))
    return float(shares[..., 1].mean() - shares[..., 0].mean()) if world.means[0] != world.means[1] else 0.0


def coverage(world: World, photos: int, names: list[str], count: int = 400, seed: int = 0) -> dict[str, float]:
    """In which share of made-up studies each of the `INTERVALS` with these names holds its truth."""
    held: dict[str, list[bool]] = {name: [] for name in names}
    of_all = true_difference(world)
    for images, (mean, difference) in studies(world, photos, count, seed):
        truths = {"mean": mean, "difference": difference, "difference of all": of_all}
        for name in names:
            interval, truth = INTERVALS[name]
            low, high = interval(images)
            held[name].append(low <= truths[truth] <= high)
    return {name: float(np.mean(answers)) for name, answers in held.items()}


def main() -> None:
    numbers = (2, 3, 5, 10, 30, 100)
    for name, (title, world) in product(INTERVALS, WORLDS.items()):
        if title == next(iter(WORLDS)):
            print(f"\n{name}\n{'photos':26s}" + "".join(f"{photos:>7d}" for photos in numbers))
        found = [coverage(world, photos, [name], 150 if photos == 100 else 400)[name] for photos in numbers]
        print(f"{title:26s}" + "".join(f"{100 * share:6.1f}%" for share in found), flush=True)


if __name__ == "__main__":
    main()
