"""From the evidence of an image to probabilities, likelihood ratios and a decision: what is fitted, and applied.

Only numpy is needed to apply a model. `fitting` makes one.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from sr_fingerprints.attribution.sources import Group, Source
from sr_fingerprints.evidence.likelihood_ratios import log_odds

Floats = npt.NDArray[np.float64]
Scores = Literal["means", "head", "both"]
Decision = Literal["network", "group", "not_super_resolved", "unknown", "undecided"]
SCORED_BY = ("means", "head")
NEVER = 2.0
"""A threshold that no probability reaches: nothing is decided that way."""

DECISIONS: tuple[Decision, ...] = ("network", "group", "not_super_resolved", "unknown", "undecided")


@dataclass(frozen=True)
class Thresholds:
    """What decisions on images must reach that are nearest to a mean in one condition."""

    network: float  # least probability of a network, 0.5 to 1; above 1: none is ever named
    group: float  # of a group
    not_super_resolved: float  # of all photos and interpolations together


@dataclass(frozen=True)
class Decided:
    """Decisions on ``n`` images."""

    decision: npt.NDArray[np.str_]  # (n,), one of `DECISIONS`
    best: npt.NDArray[np.intp]  # (n,), the likeliest network or, if not super-resolved, the likeliest of these
    group: npt.NDArray[np.intp]  # (n,), the smallest group that reaches its threshold; -1 if none does
    probability: Floats  # (n,), of what was decided; of the likeliest network, if nothing was
    probabilities: Floats  # (n, c), of all classes
    condition: npt.NDArray[np.intp]  # (n,), of the nearest mean, whose thresholds were to be reached


@dataclass(frozen=True)
class AttributionModel:
    """Classes, and scores of them from features of ``d`` dimensions; with what turns scores into answers.

    ``means`` and ``whitening`` are those of mixture discriminant analysis (Hastie and Tibshirani, Journal of the
    Royal Statistical Society B 58, 1996): a class has a mean in each condition, pristine or degraded, and all have
    one covariance. A class is thus added by its images alone. ``head`` is the last layer of the classifier itself.
    Scores of both are added up, each divided by its temperature (a logarithmic opinion pool: Genest and Zidek,
    Statistical Science 1, 1986, section 3.2).
    """

    sources: tuple[Source, ...]  # the c classes
    groups: tuple[Group, ...]  # of the networks among them; any two have no member in common, or one is in the other
    conditions: tuple[str, ...]  # the k degradations of training images, or none of them
    means: npt.NDArray[np.float32]  # (c, k, d)
    whitening: npt.NDArray[np.float32]  # (d, d), into coordinates with the identity as covariance within classes
    head_weights: npt.NDArray[np.float32]  # (c, d), or (0, d) without a head
    head_bias: npt.NDArray[np.float32]  # (c,), or (0,)
    scores: Scores
    crops_from: npt.NDArray[np.int64]  # (t,), ascending from 1: the next two are for images of so many crops or more
    temperatures: Floats  # (t, 2), of the scores by means and by the head; infinite: these are not used
    open_set_thresholds: Floats  # (t, k), also by the condition of the nearest mean
    conformal_least: Floats  # (c,), least probability of each class in a prediction set
    intercept: float  # log10 LR = intercept + slope * log odds
    slope: float
    lowest: float  # log10 LR: see `evidence.likelihood_ratios.empirical_bounds`
    highest: float
    thresholds: tuple[Thresholds, ...]  # k, by the condition of the nearest mean

    @property
    def sizes(self) -> list[dict[str, Any]]:
        """What depends on the number of crops, as rows that JSON can hold."""
        temperatures = [
            {kind: one for kind, one in zip(SCORED_BY, row, strict=True) if np.isfinite(one)}
            for row in self.temperatures.tolist()
        ]
        rows = zip(self.crops_from.tolist(), temperatures, self.open_set_thresholds.tolist(), strict=True)
        return [dict(zip(("crops_from", "temperatures", "open_set_thresholds"), row, strict=True)) for row in rows]

    @cached_property
    def whitened(self) -> Floats:
        """The means in coordinates in which the covariance within classes is the identity, (c * k, d)."""
        return self.means.astype(np.float64).reshape(-1, self.means.shape[-1]) @ self.whitening

    def scores_by(self, kind: str, features: npt.NDArray[np.floating]) -> Floats:
        """Scores (n, c) of mean ``features`` (n, d): by means, log densities, but for a constant; or by the head."""
        given = features.astype(np.float64)
        if kind == "head":
            return given @ self.head_weights.T.astype(np.float64) + self.head_bias
        scores = given @ self.whitening @ self.whitened.T - 0.5 * (self.whitened**2).sum(axis=1)
        return np.asarray(np.logaddexp.reduce(scores.reshape(len(given), *self.means.shape[:2]), axis=2))

    def kind(self, *kinds: str) -> npt.NDArray[np.bool_]:
        """Which classes are of these kinds, bool (c,)."""
        return np.array([source.kind in kinds for source in self.sources], bool)

    @cached_property
    def membership(self) -> Floats:
        """1 where a class is in a group, (c, groups)."""
        matrix = np.zeros((len(self.sources), len(self.groups)))
        for column, group in enumerate(self.groups):
            matrix[list(group.members), column] = 1
        return matrix

    def log_posteriors(self, features: npt.NDArray[np.floating], crops: npt.NDArray[np.integer]) -> Floats:
        """Natural logarithms of the calibrated probabilities (n, c), all classes being equally probable beforehand.

        ``features`` (n, d) are means over so many ``crops`` (n,).
        """
        logits = np.zeros((len(features), len(self.sources)))
        for kind, temperatures in zip(SCORED_BY, self.temperatures.T, strict=True):
            if np.isfinite(temperatures).any():
                logits += self.scores_by(kind, features) / temperatures[self._size_class(crops)][:, None]
        logits -= logits.max(axis=1, keepdims=True)
        return np.asarray(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))

    def posterior(self, features: npt.NDArray[np.floating]) -> Floats:
        """Calibrated probabilities (c,), which add up to 1, of an image with these ``features`` (crops, d)."""
        return np.asarray(np.exp(self.log_posteriors(*_one_image(features))[0]))

    def log10_ratios(self, log_posteriors: Floats) -> Floats:
        """log10 LR (n, c) of each class against another class of the bundle, within the bounds."""
        ratios = self.intercept + self.slope * log_odds(log_posteriors)
        return np.asarray(np.clip(ratios, self.lowest, self.highest))

    def log10_likelihood_ratios(self, features: npt.NDArray[np.floating]) -> Floats:
        """`log10_ratios` (c,) of an image with these ``features`` (crops, d)."""
        return np.asarray(self.log10_ratios(self.log_posteriors(*_one_image(features)))[0])

    def nearest_means(self, features: npt.NDArray[np.floating]) -> tuple[Floats, npt.NDArray[np.intp]]:
        """How unlike the known classes images are, (n,), and the condition of the nearest mean, (n,), of 0 to k - 1.

        ``features`` (n, d) are means over crops. Squared Mahalanobis distance to the nearest mean, per dimension (Lee
        et al., NeurIPS 2018, equation 2).
        """
        given, means = features.astype(np.float64) @ self.whitening, self.whitened
        squares = (given**2).sum(axis=1)[:, None] + (means**2).sum(axis=1) - 2 * given @ means.T
        nearest = squares.argmin(axis=1)
        distances = squares[np.arange(len(given)), nearest] / self.whitening.shape[1]
        return distances, nearest % self.means.shape[1]

    def open_set_score(self, features: npt.NDArray[np.floating]) -> float:
        """The same distance of one image with these ``features`` (crops, d)."""
        return float(self.nearest_means(_one_image(features)[0])[0][0])

    def open_set(self, features: npt.NDArray[np.floating], crops: npt.NDArray[np.integer]) -> tuple[Floats, Floats]:
        """Scores (n,), and thresholds (n,) of them from which an image is taken for one of an unknown source.

        ``features`` (n, d) are means over so many ``crops`` (n,). Distances differ by the degradation, which the
        nearest mean tells.
        """
        scores, conditions = self.nearest_means(features)
        return scores, self._unknown_from(crops, conditions)

    def prediction_sets(self, log_posteriors: Floats) -> npt.NDArray[np.bool_]:
        """Whether each class is in the prediction set at 95 %, bool (n, c)."""
        return np.asarray(np.exp(log_posteriors) >= self.conformal_least)

    def prediction_set(self, features: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
        """The same (c,) of one image with these ``features`` (crops, d)."""
        return np.asarray(self.prediction_sets(self.log_posteriors(*_one_image(features)))[0])

    def decide(self, features: npt.NDArray[np.floating], crops: npt.NDArray[np.integer]) -> Decided:
        """Decisions on images with mean ``features`` (n, d) over so many ``crops`` (n,), without their stability.

        Unknown, if the open-set score is at its threshold or more. Else what reaches its threshold, that of the
        condition of the nearest mean: not super-resolved; a network; the smallest group; in this order. Else
        undecided. Of groups that have more than half of the probability any two share a member, so that all that
        reach a threshold are nested.
        """
        probabilities = np.exp(self.log_posteriors(features, crops))
        networks = self.kind("network")
        other = np.where(networks, 0.0, probabilities).sum(axis=1)
        best = np.where(networks, probabilities, -1.0).argmax(axis=1)
        scores, conditions = self.nearest_means(features)
        least = {
            key: np.array([vars(each)[key] for each in self.thresholds])[conditions]
            for key in ("network", "group", "not_super_resolved")
        }
        group = self.smallest_groups(probabilities, least["group"])
        rows = np.arange(len(crops))
        reached = {
            "unknown": scores >= self._unknown_from(crops, conditions),
            "not_super_resolved": other >= least["not_super_resolved"],
            "network": probabilities[rows, best] >= least["network"],
            "group": group >= 0,
        }
        decision = np.select(list(reached.values()), list(reached), "undecided")
        not_network = decision == "not_super_resolved"
        best = np.where(not_network, np.where(networks, -1.0, probabilities).argmax(axis=1), best)
        by_group = np.hstack([probabilities @ self.membership, np.zeros((len(rows), 1))])[rows, group]
        probability = np.select([not_network, decision == "group"], [other, by_group], probabilities[rows, best])
        return Decided(decision, best, group, probability, probabilities, conditions)

    def smallest_groups(self, probabilities: Floats, thresholds: Floats | float) -> npt.NDArray[np.intp]:
        """The smallest group (n,) whose classes' ``probabilities`` (n, c) add up to ``thresholds``, one or (n,).

        -1 for none.
        """
        sizes = np.append(self.membership.sum(axis=0), len(self.sources) + 1)
        enough = probabilities @ self.membership >= np.reshape(thresholds, (-1, 1))
        reached = np.hstack([enough, np.ones((len(probabilities), 1), bool)])
        smallest = np.where(reached, sizes, np.inf).argmin(axis=1)
        return np.where(smallest == len(self.groups), -1, smallest)

    def contains(self, group: npt.NDArray[np.intp], member: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        """Whether each ``group`` (n,), -1 for none, contains a class, ``member`` (n,), -1 for none of the model's."""
        matrix = np.zeros((len(self.sources) + 1, len(self.groups) + 1), bool)
        matrix[:-1, :-1] = self.membership > 0
        return np.asarray(matrix[member, group])

    def super_resolved(self, probabilities: Floats) -> Floats:
        """The probability (n,) that any network of the bundle made an image, of ``probabilities`` (n, c)."""
        return np.asarray(np.clip(probabilities[:, self.kind("network")].sum(axis=1), 0.0, 1.0))

    def _unknown_from(self, crops: npt.NDArray[np.integer], conditions: npt.NDArray[np.intp]) -> Floats:
        return np.asarray(self.open_set_thresholds[self._size_class(crops), conditions])

    def _size_class(self, crops: npt.NDArray[np.integer]) -> npt.NDArray[np.intp]:
        return np.asarray(np.searchsorted(self.crops_from, crops, side="right") - 1)


def _one_image(features: npt.NDArray[np.floating]) -> tuple[Floats, npt.NDArray[np.int64]]:
    return features.astype(np.float64).mean(axis=0)[None], np.array([len(features)], np.int64)
