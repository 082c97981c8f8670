"""What a model answers for images whose origin is known, one row an image: what the tables of attribution measure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from sr_fingerprints.attribution.groups import mean_confusion
from sr_fingerprints.attribution.model import AttributionModel
from sr_fingerprints.attribution.observations import TILES, Observations, joined, pooled
from sr_fingerprints.attribution.sources import NOT_KNOWN, Source, parent_group, smallest_group

TEST, WITHOUT, OWN = "all sources known", "some networks left out", "all sources known, own photos"
"""What is known to the model whose answers are measured. Own photos are those of a study that adds networks to a
bundle: a class that is known from them alone might be that of these photos, not of the network."""

PARSED = ("scale", "loss", "family")
PHOTO_KINDS = ("photo", "interpolation")


def answers_of(
    model: AttributionModel,
    observations: Observations,
    tiles: Sequence[int],
    tested: str,
    sources: Sequence[Source] | None = None,
) -> pd.DataFrame:
    """Answers of ``model`` for images of test photos, each as it is and, as ``tiles`` say, several as one.

    ``sources`` describes what made the images, if that is more than the model knows. Columns: tested; photo; name,
    of the source, and its kind; known, whether it is one of the model's; condition, tier, tiles and crops; decision,
    one of `model.DECISIONS`, without a look at its stability; answer, the name of a network, words of a group, or
    empty; right, whether what was decided is true, an unknown source being right as ``unknown``; probability of what
    was decided; super_resolved, that any network of the model made the image; likeliest_network, whatever was
    decided, its network_probability, and network_right, whether it made the image; named_from, the threshold up to
    which a network or a group would be named, were it that of both, and wrong_from, that up to which what is named is
    wrong: both mean so from 0.5 on, since what is named at a lower threshold then lies in what is named at a higher
    one; members, the number of sources that the answer leaves; classes, those of the model; covered and set_size, of
    the prediction set at 95 %; log10_lr, of the source itself; and for each of `PARSED` parsed_... and actual_...,
    its likeliest value if a network made the image, and the true one.
    """
    test = observations.select(observations.split == "test")
    known = {source.name: place for place, source in enumerate(model.sources)}
    described = {source.name: source for source in sources or model.sources}
    frames = []
    for number in sorted(set(tiles)):
        images = test if number == 1 else pooled(test, number)
        if len(images):
            frames.append(_answered(model, images, known, described).assign(tiles=number, tested=tested))
    found = pd.concat(frames, ignore_index=True)
    return found[["tested", *found.columns.drop("tested")]]


def _answered(
    model: AttributionModel, images: Observations, known: dict[str, int], described: dict[str, Source]
) -> pd.DataFrame:
    names, rows = images.name.tolist(), np.arange(len(images))
    actual = np.array([known.get(name, -1) for name in names])
    is_known = actual >= 0
    kinds = np.array([described[name].kind for name in names])
    log_posteriors = model.log_posteriors(images.features, images.crops)
    decided = model.decide(images.features, images.crops)
    probabilities, networks = decided.probabilities, model.kind("network")
    right = np.select(
        [decided.decision == "network", decided.decision == "group", decided.decision == "not_super_resolved"],
        [decided.best == actual, model.contains(decided.group, actual), np.isin(kinds, PHOTO_KINDS)],
        (decided.decision == "unknown") & ~is_known,
    ).astype(bool)
    by_network = np.where(networks, probabilities, 0.0)
    likeliest = by_network.argmax(axis=1)
    named_from, wrong_from = _named_and_wrong_from(model, probabilities, actual)
    words = (
        np.array([source.name for source in model.sources]),
        np.array([group.words for group in model.groups] + [""]),
    )
    answer = np.select(
        [np.isin(decided.decision, ["network", "not_super_resolved"]), decided.decision == "group"],
        [words[0][decided.best], words[1][decided.group]],
        "",
    )
    sizes = np.array([*(len(group.members) for group in model.groups), 0])
    left = [decided.decision == "network", decided.decision == "group", decided.decision == "not_super_resolved"]
    sets = model.prediction_sets(log_posteriors)
    frame = pd.DataFrame(
        {
            "photo": images.photo,
            "name": names,
            "kind": kinds,
            "known": is_known,
            "condition": images.condition,
            "tier": images.tier,
            "crops": images.crops,
            "decision": decided.decision,
            "answer": answer,
            "right": right,
            "probability": decided.probability,
            "super_resolved": model.super_resolved(probabilities),
            "likeliest_network": words[0][likeliest],
            "network_probability": by_network[rows, likeliest],
            "network_right": likeliest == actual,
            "named_from": named_from,
            "wrong_from": wrong_from,
            "members": np.select(left, [1, sizes[decided.group], int((~networks).sum())], 0),
            "classes": len(model.sources),
            "covered": is_known & sets[rows, actual],
            "set_size": sets.sum(axis=1),
            "log10_lr": np.where(is_known, model.log10_ratios(log_posteriors)[rows, actual], np.nan),
        }
    )
    for column in PARSED:
        frame[f"parsed_{column}"] = parsed_values(model, log_posteriors, column)
        frame[f"actual_{column}"] = [_text(getattr(described[name], column)) for name in names]
    return frame


def _named_and_wrong_from(
    model: AttributionModel, probabilities: npt.NDArray[np.float64], actual: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The highest probability of any network or group, (n,), and of those that the ``actual`` one is not in, (n,)."""
    networks = np.flatnonzero(model.kind("network"))
    answers = np.hstack([probabilities[:, networks], probabilities @ model.membership])
    within = np.vstack(
        [np.hstack([np.eye(len(model.sources))[:, networks], model.membership]), np.zeros(answers.shape[1])]
    )
    return answers.max(axis=1), np.where(within[actual] > 0, 0.0, answers).max(axis=1)


def parsed_values(
    model: AttributionModel, log_posteriors: npt.NDArray[np.float64], column: str
) -> npt.NDArray[np.str_]:
    """The value (n,) of a property whose networks have the largest probability together, as `decisions.parse`."""
    values = [
        (_text(getattr(source, column)) or NOT_KNOWN) if source.kind == "network" else "" for source in model.sources
    ]
    names = sorted(set(values) - {""})
    sums = np.stack([np.exp(log_posteriors)[:, np.array(values) == name].sum(axis=1) for name in names], axis=1)
    return np.asarray(np.array(names)[sums.argmax(axis=1)])


def _text(value: object) -> str:
    return "" if value is None else str(value)


def sources_of(model: AttributionModel) -> pd.DataFrame:
    """The sources of a model, one row each, as text: the fields of `Source`, and group, its smallest one in words."""
    rows = []
    for place, source in enumerate(model.sources):
        group = smallest_group(model.groups, [place])
        rows.append(vars(source) | {"group": None if group is None else model.groups[group].words})
    return pd.DataFrame([{column: _text(value) for column, value in row.items()} for row in rows])


GROUPS = ("group", "parent", "confusion", "network")


def groups_of(model: AttributionModel) -> pd.DataFrame:
    """The members of the groups of a model, one row each.

    Columns: group, in words; parent, the smallest group that it lies in, or empty; confusion, the mean of the pairs
    of its two parts on validation photos; and network, the name of the member.
    """
    rows = []
    for place, group in enumerate(model.groups):
        parent = parent_group(model.groups, place)
        words = group.words, "" if parent is None else model.groups[parent].words, group.confusion
        rows += [(*words, model.sources[member].name) for member in group.members]
    return pd.DataFrame(rows, columns=list(GROUPS))


def pairs_of(model: AttributionModel, observations: Observations) -> pd.DataFrame:
    """Every two networks of a model: how often one's images are taken for the other's, and how far apart they are.

    Columns: first and second, names; group, the smallest that both are in, in words, or empty; validation_confusion,
    by which groups are made, and test_confusion, on photos that had no part in it: the mean share of the images of
    either for which the other is likelier, 0.5 if they cannot be told apart (single tiles and several together, each
    condition with equal weight); distance, between the class means in standard deviations within classes
    (Mahalanobis), the mean over conditions; overlap, the error of telling two normal distributions so far apart, at
    best.
    """
    from scipy.stats import norm

    places = {source.name: place for place, source in enumerate(model.sources)}
    networks = np.flatnonzero(model.kind("network")).tolist()
    confusions = {}
    for split in ("validation", "test"):
        images = observations.select((observations.split == split) & np.isin(observations.name, list(places)))
        images = joined([images, *(pooled(images, number) for number in TILES)])
        actual = np.array([places[name] for name in images.name.tolist()], np.intp)
        log_posteriors = model.log_posteriors(images.features, images.crops)
        confusions[split] = mean_confusion(log_posteriors, actual, images.condition, len(model.sources))
    whitened = model.whitened.reshape(*model.means.shape[:2], -1)
    rows = []
    for first, second in ((a, b) for a in networks for b in networks if a < b):
        distance = float(np.linalg.norm(whitened[first] - whitened[second], axis=-1).mean())
        group = smallest_group(model.groups, [first, second])
        rows.append(
            {
                "first": model.sources[first].name,
                "second": model.sources[second].name,
                "group": "" if group is None else model.groups[group].words,
                **{f"{split}_confusion": values[first, second] for split, values in confusions.items()},
                "distance": distance,
                "overlap": float(norm.cdf(-distance / 2)),
            }
        )
    return pd.DataFrame(
        rows, columns=["first", "second", "group", "validation_confusion", "test_confusion", "distance", "overlap"]
    )
