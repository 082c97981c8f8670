"""All attacks of a study, tried on a sample of each network's images."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sr_fingerprints.attacks import forging
from sr_fingerprints.attacks.columns import ALL, CONTROLS, UNTOUCHED
from sr_fingerprints.attacks.gradients import follow_gradient
from sr_fingerprints.attacks.laundering import choose_chains, launder
from sr_fingerprints.attacks.measurements import Condition, Measurements
from sr_fingerprints.attacks.pairs import Pair, sample_pairs
from sr_fingerprints.attacks.patterns import mean_residual
from sr_fingerprints.attacks.recognisers import ClassifierRecogniser, PrnuRecogniser, Recogniser
from sr_fingerprints.attacks.samples import Sample, read_sample
from sr_fingerprints.degradations.operations import Chain, in_words
from sr_fingerprints.images.perceptual_distance import PerceptualDistance
from sr_fingerprints.images.quality import SMALLEST_SIDE
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.study.losses import KINDS, kind
from sr_fingerprints.study.network_row import NetworkRow


@dataclass(frozen=True)
class Trials:
    """What attacks are tried on, and with which settings: those of ``attacks`` in the configuration."""

    networks: Sequence[NetworkRow]  # that the recognisers know
    photos: NetworkRow  # the row of the photos themselves
    files: Mapping[str, str | Path]  # images of each, and of the photos
    settings: Mapping[str, Any]
    seed: int


def try_attacks(
    trials: Trials,
    classifiers: Mapping[str, str | Path],
    prnu: Mapping[str, tuple[str, Sequence[str | Path]]],
    lpips_weights: str,
    output: str | Path,
    features: str | Path,
    device: str = "cpu",
) -> None:
    """Launder and forge images, and write what the recognisers say of them: see `measurements`.

    ``classifiers`` are files by name; the first is the one whose gradients are followed. ``prnu`` has the match and
    the files of residuals of each experiment. All images of the sample are in memory. Raises `InputError` for damaged
    files, and images that are smaller than the recognisers' crops.
    """
    known: dict[str, Recogniser] = {name: ClassifierRecogniser(path, device) for name, path in classifiers.items()}
    known |= {name: PrnuRecogniser(files, match) for name, (match, files) in prnu.items()}
    found = Measurements(
        known, PerceptualDistance(lpips_weights, device), lpips_weights, trials.settings["lpips_images"]
    )
    names = [row.network for row in trials.networks]
    number = trials.settings["images"]
    sizes = {"train": number["test"], "validation": number["validation"], "test": number["test"]}
    images = {split: _read(trials, names, split, size, known) for split, size in sizes.items()}
    for split, sample in images.items():
        asked = list(classifiers) if split == "train" else list(known)
        found.add(Condition("none", split), sample, sample.images, asked=asked, compare=False)
    if trials.settings["laundering"]["chains"]:
        _launder(trials, images["validation"], images["test"], found)
    forging_settings = trials.settings["forging"]
    pairs = sample_pairs(
        forging_settings["pairs"], trials.networks, trials.photos, forging_settings["number"], trials.seed
    )
    if pairs:
        _forge(trials, pairs, found)
    _follow_gradients(trials, pairs, images["test"], found, next(iter(classifiers)))
    found.write(output, features)


def _read(
    trials: Trials, networks: Iterable[str], split: str, number: int, known: Mapping[str, Recogniser]
) -> Sample:
    return read_sample(
        {name: trials.files[name] for name in networks},
        split,
        number,
        side_of(recogniser.crop for recogniser in known.values()),
        trials.seed,
    )


def side_of(crops: Iterable[int]) -> int:
    """Side of images that have crops of these sides, in pixels, in their middle.

    It is even, as the sides of photos are, so that the middle of the middle is where a recogniser looks in a photo.
    """
    largest = max(*crops, SMALLEST_SIDE)
    return largest + largest % 2


def groups_of(networks: Sequence[NetworkRow]) -> dict[str, list[str]]:
    """Names of all networks, and of those of each scale and kind of loss, such as ``4X adversarial``."""
    groups = {ALL: [row.network for row in networks]}
    for row in sorted(networks, key=lambda row: (row.scale, KINDS.index(kind(row.loss)))):
        groups.setdefault(f"{row.scale}X {kind(row.loss)}", []).append(row.network)
    return groups


def describe(chain: Chain) -> str:
    """A chain in words, such as ``resize 0.9, jpeg 90``; parameters at their defaults are left out."""
    return in_words(chain) or UNTOUCHED


def _launder(trials: Trials, validation: Sample, test: Sample, found: Measurements) -> None:
    """Choose chains on validation images, and apply each to the test images of the groups that it is for."""
    settings, groups = trials.settings["laundering"], groups_of(trials.networks)
    chosen = choose_chains(
        validation, settings["chains"], found.recognisers, groups, settings["at_chance"], trials.seed
    )
    of_group = {group: test.select(np.isin(test.network, members)) for group, members in groups.items()}
    for (recogniser, group), choice in progress(chosen.items(), "laundering"):
        sample, setting = of_group[group], describe(choice.chain)
        laundered = launder(sample.images, choice.chain, trials.seed)
        condition = Condition("laundering", "test", "chain", setting, reached=choice.reached)
        found.add(condition, sample, laundered, [group] * len(sample), asked=[recogniser])


@dataclass(frozen=True)
class Blamed:
    """Images of the sources of all pairs, those of one pair after those of another."""

    sample: Sample
    pairs: list[Pair]  # (n,), of each image

    def of(self, pairs: Sequence[Pair]) -> "Blamed":
        """The images of some of the pairs."""
        rows = [pair in pairs for pair in self.pairs]
        return Blamed(self.sample.select(np.array(rows)), [pair for pair in self.pairs if pair in pairs])

    @property
    def kinds(self) -> list[str]:
        return [pair.kind for pair in self.pairs]

    @property
    def targets(self) -> list[str]:
        return [pair.target for pair in self.pairs]


def _blamed(trials: Trials, pairs: Sequence[Pair], split: str, known: Mapping[str, Recogniser]) -> Blamed:
    number = trials.settings["images"][split]
    sources = _read(trials, dict.fromkeys(pair.source for pair in pairs), split, number, known)
    rows = [np.flatnonzero(sources.network == pair.source) for pair in pairs]
    of_each = [pair for pair, some in zip(pairs, rows, strict=True) for _ in some]
    return Blamed(sources.select(np.concatenate(rows)), of_each)


def _forge(trials: Trials, pairs: Sequence[Pair], found: Measurements) -> None:
    """Forge images of every pair's source with every method and strength, on validation and test photos.

    Controls are tried on test photos alone, since no strength is chosen for them.
    """
    number = trials.settings["images"]["train"]
    patterns = {
        name: mean_residual(_read(trials, [name], "train", number, found.recognisers).images)
        for name in dict.fromkeys([*(pair.source for pair in pairs), *(pair.target for pair in pairs)])
    }
    scale, strengths = {row.network: row.scale for row in trials.networks}, trials.settings["forging"]["strengths"]
    measured = {
        pair: forging.measure(patterns[pair.source], patterns[pair.target], scale[pair.target], trials.seed)
        for pair in pairs
    }
    for split in ("validation", "test"):
        blamed = _blamed(trials, pairs, split, found.recognisers)
        images = blamed.sample.images
        of_pair = [(pair, [other == pair for other in blamed.pairs]) for pair in pairs]
        found.add(
            Condition("forging", split, UNTOUCHED),
            blamed.sample,
            images,
            blamed.kinds,
            blamed.targets,
            compare=False,
        )
        for method in progress(list(forging.METHODS), f"forging, {split}"):
            if split == "validation" and method in CONTROLS:
                continue
            chosen = [pair for pair in pairs if method != "grid" or scale[pair.target] > 1]  # 1X has no grid
            if not chosen:
                continue
            some = blamed.of(chosen)
            of_chosen = [(pair, rows) for pair, rows in of_pair if pair in chosen]
            forged = [forging.forge(images[rows], measured[pair], method, strengths) for pair, rows in of_chosen]
            for rms, parts in zip(strengths, zip(*forged, strict=True), strict=True):
                condition = Condition("forging", split, method, f"{rms:g} grey level{'s' * (rms != 1)}", rms)
                found.add(
                    condition,
                    some.sample,
                    np.concatenate(parts),
                    some.kinds,
                    some.targets,
                    compare=split == "test",
                )


def _follow_gradients(
    trials: Trials, pairs: Sequence[Pair], test: Sample, found: Measurements, classifier: str
) -> None:
    """Hide an image of every network from the classifier, and forge those of the pairs, by its gradients."""
    settings = trials.settings["gradient"]
    recogniser = found.recognisers[classifier]
    if not isinstance(recogniser, ClassifierRecogniser):
        raise TypeError(f"{classifier}: a recogniser without gradients")
    one_each = test.select(np.unique(test.network, return_index=True)[1])
    blamed = _blamed(trials, pairs, "test", found.recognisers) if pairs else None
    for levels in settings["levels"]:
        setting = f"{levels} grey level{'s' * (levels != 1)}"
        hidden = follow_gradient(recogniser, one_each.images, one_each.network, False, levels, settings["steps"])
        condition = Condition("gradient", "test", "hide", setting, levels)
        found.add(condition, one_each, hidden, [ALL] * len(one_each))
        if blamed:
            forged = follow_gradient(
                recogniser, blamed.sample.images, np.array(blamed.targets), True, levels, settings["steps"]
            )
            condition = Condition("gradient", "test", "blame", setting, levels)
            found.add(condition, blamed.sample, forged, blamed.kinds, blamed.targets)
