"""What a model answers for images whose origin is known, one row an image: what the tables of attribution measure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from sr_fingerprints.attribution.groups import pairwise_confusion
from sr_fingerprints.attribution.model import AttributionModel
from sr_fingerprints.attribution.observations import Observations, joined, pooled
from sr_fingerprints.attribution.sources import NOT_KNOWN, Source

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
    was decided; likeliest_network, and likeliest_group, whatever was decided, its group_probability, and group_right,
    whether the source is in it; members, the number of sources that the answer leaves; classes, those of the model;
    covered and set_size, of the prediction set at 95 %; log10_lr, of the source itself; and for each of `PARSED`
    parsed_... and actual_..., its likeliest value if a network made the image, and the true one.
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
    networks, membership = model.kind("network"), np.zeros((len(model.sources), len(model.groups)))
    for place, group in enumerate(model.groups):  # also those of one network, which the model names as such
        membership[list(group.members), place] = 1
    by_group = np.exp(log_posteriors) @ membership
    likeliest = by_group.argmax(axis=1)
    right = np.select(
        [decided.decision == "network", decided.decision == "group", decided.decision == "not_super_resolved"],
        [
            is_known & (decided.best == actual),
            is_known & (membership[actual, decided.group] > 0),
            np.isin(kinds, PHOTO_KINDS),
        ],
        (decided.decision == "unknown") & ~is_known,
    ).astype(bool)
    words = np.array([source.name for source in model.sources]), np.array([group.words for group in model.groups])
    answer = np.select(
        [np.isin(decided.decision, ["network", "not_super_resolved"]), decided.decision == "group"],
        [words[0][decided.best], words[1][decided.group]],
        "",
    )
    sizes = np.array([len(group.members) for group in model.groups])
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
            "likeliest_network": words[0][np.where(networks, log_posteriors, -np.inf).argmax(axis=1)],
            "likeliest_group": words[1][likeliest],
            "group_probability": by_group[rows, likeliest],
            "group_right": is_known & (membership[actual, likeliest] > 0),
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
    """The sources of a model, one row each, as text: the fields of `Source`, and group, the words of its group."""
    words = {member: group.words for group in model.groups for member in group.members}
    rows = [vars(source) | {"group": words.get(place)} for place, source in enumerate(model.sources)]
    return pd.DataFrame([{column: _text(value) for column, value in row.items()} for row in rows])


def pairs_of(model: AttributionModel, observations: Observations) -> pd.DataFrame:
    """Every two networks of a model: how often one's images are taken for the other's, and how far apart they are.

    Columns: first and second, names; group, whether they are in one; validation_confusion, by which groups are made,
    and test_confusion, on photos that had no part in it: the mean share of the images of either for which the other
    is likelier, 0.5 if they cannot be told apart (single tiles and several together); distance, between the class
    means in standard deviations within classes (Mahalanobis), the mean over conditions; overlap, the error
    of telling two
    normal distributions so far apart, at best.
    """
    from scipy.stats import norm

    places = {source.name: place for place, source in enumerate(model.sources)}
    networks = np.flatnonzero(model.kind("network"))
    confusions = {}
    for split in ("validation", "test"):
        images = observations.select((observations.split == split) & np.isin(observations.name, list(places)))
        images = joined([images, *(pooled(images, number) for number in (4, 16))])
        actual = np.array([places[name] for name in images.name.tolist()], np.intp)
        log_posteriors = model.log_posteriors(images.features, images.crops)
        confusions[split] = pairwise_confusion(log_posteriors, actual, len(model.sources))
    whitened = model.whitened.reshape(*model.means.shape[:2], -1)
    group_of = {member: place for place, group in enumerate(model.groups) for member in group.members}
    rows = []
    for first, second in ((a, b) for a in networks for b in networks if a < b):
        distance = float(np.linalg.norm(whitened[first] - whitened[second], axis=-1).mean())
        rows.append(
            {
                "first": model.sources[first].name,
                "second": model.sources[second].name,
                "group": group_of[int(first)] == group_of[int(second)],
                **{f"{split}_confusion": values[first, second] for split, values in confusions.items()},
                "distance": distance,
                "overlap": float(norm.cdf(-distance / 2)),
            }
        )
    return pd.DataFrame(
        rows, columns=["first", "second", "group", "validation_confusion", "test_confusion", "distance", "overlap"]
    )
