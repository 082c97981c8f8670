"""Which experiments tables and figures are about: chosen by what they are, whatever their names."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sr_fingerprints.prnu import settings as prnu
from sr_fingerprints.study.experiments import Experiment, training_networks
from sr_fingerprints.study.losses import kinds_of

if TYPE_CHECKING:
    import pandas as pd

Experiments = Mapping[str, Experiment]

CLASSIFIER, AUGMENTED_CLASSIFIER = "classifier", "classifier, degraded in training"
"""Methods as tables call them; see `method_in_words`."""


def attribution(experiments: Experiments, learned: str, asked: str) -> list[str]:
    """Name of the classifiers that tables of attribution to networks of the origin ``learned`` are about, if any.

    They were trained to name these networks and no others, and are evaluated on images of the origin ``asked``. Of
    several experiments the one called ``<learned>_attribution`` is taken, else the first without ``only``, else the
    first; those trained on degraded images come last.
    """
    candidates = [
        name
        for name, row in experiments.items()
        if row.kind == "attribution" and set(row.train_on) == {learned} and asked in row.tested_on
    ]
    usual = f"{learned}_attribution"
    return sorted(
        candidates,
        key=lambda name: (is_augmented(experiments[name]), name != usual, bool(experiments[name].only)),
    )[:1]


def is_augmented(experiment: Experiment) -> bool:
    """Whether the row has an augmentation of its own: training crops are degraded."""
    return experiment.classifier.get("augmentation") is not None


def augmented_beside(experiments: Experiments, origin: str, classifiers: list[str]) -> list[str]:
    """Names of the classifiers with augmentation that the table of robustness compares with ``classifiers``.

    They are trained on the same networks. ``classifiers`` is what `attribution` returns.
    """
    only = experiments[classifiers[0]].only if classifiers else {}
    return [
        name
        for name, row in experiments.items()
        if row.kind == "attribution"
        and is_augmented(row)
        and set(row.train_on) == {origin}
        and row.only == only
        and not row.withhold
        and name not in classifiers
    ]


def quick_prnu(experiments: Experiments, origin: str, shared: Mapping[str, Any]) -> list[str]:
    """Names of the PRNU experiments on all networks of ``origin`` that are measured after every degradation: one a
    match, with the wavelet denoiser, since BM3D takes seconds an image, and otherwise the usual settings.
    """
    by_match: dict[str, str] = {}
    for name, row in experiments.items():
        settings = {**shared, **row.prnu}
        wavelets = settings["denoiser"] == "wavelet" and prnu.is_baseline(settings, {**shared, "denoiser": "wavelet"})
        if row.kind == "prnu" and set(row.train_on) == {origin} and not row.only and wavelets:
            by_match.setdefault(row.method, name)
    return list(by_match.values())


def prnu_beside(
    experiments: Experiments, origin: str, shared: Mapping[str, Any], classifiers: list[str]
) -> list[str]:
    """Names of the PRNU experiments on networks of ``origin`` that tables compare with ``classifiers``: one a match.

    They are about the same networks, and have the study's PRNU settings (``shared``) as `prnu.settings.is_baseline`
    wants them. ``classifiers`` is what `attribution` returns; if it is empty, all networks of the origin are meant.
    """
    only = experiments[classifiers[0]].only if classifiers else {}
    by_match: dict[str, str] = {}
    for name, row in experiments.items():
        alike = row.kind == "prnu" and set(row.train_on) == {origin} and row.only == only
        if alike and prnu.is_baseline({**shared, **row.prnu}, shared):
            by_match.setdefault(row.method, name)
    return list(by_match.values())


def learning_curve(experiments: Experiments) -> list[str]:
    """Names of experiments that differ in nothing but the number of training photos, if any has fewer than all.

    The first row with ``training_photos``, all that are like it, and an attribution that is like it, with all photos.
    """
    alike: list[str] = []
    first = next((row for row in experiments.values() if row.kind == "fewer_photos"), None)
    for name, row in experiments.items() if first else ():
        if row.kind in ("fewer_photos", "attribution") and all(
            getattr(row, column) == getattr(first, column)
            for column in ("task", "train_on", "only", "withhold", "classifier", "initialised_from")
        ):
            alike.append(name)
    return alike


def taken_apart(experiments: Experiments, networks: "pd.DataFrame") -> list[str]:
    """Name of the classifiers whose attribution is taken apart into parts of the fingerprint, if any.

    Those of `attribution` to custom networks, or else to published ones, if there are several in ``networks``.
    """
    names = [*attribution(experiments, "custom", "custom"), *attribution(experiments, "published", "published")]
    return [name for name in names if len(training_networks(experiments[name], networks)) > 1][:1]


def share_something(networks: "pd.DataFrame") -> bool:
    """Whether some of the networks share a hyperparameter that others do not: else none is nearer by it."""
    described = [networks[key].tolist() for key in ("scale", "architecture", "dataset", "seed")]
    described.append(kinds_of(networks.loss).tolist())
    return any(1 < len(set(map(str, values))) < len(networks) for values in described)


def crop_taken_apart(shared: Mapping[str, Any], experiments: Experiments, names: list[str]) -> int:
    """Side of the crops that the classifiers ``names`` of `taken_apart` are evaluated on; ``shared`` are settings."""
    own = experiments[names[0]].classifier if names else {}
    crop: int = {**shared, **own}["evaluation_crop"]
    return crop


def method_in_words(experiment: Experiment) -> str:
    """What tables of robustness call the method of a row, such as ``PRNU, correlation``."""
    if experiment.is_prnu:
        return f"PRNU, {experiment.method.removeprefix('prnu_')}"
    return AUGMENTED_CLASSIFIER if is_augmented(experiment) else CLASSIFIER


def attacked(
    experiments: Experiments, origin: str, shared: Mapping[str, Any], classifiers: list[str]
) -> dict[str, str]:
    """Experiments whose recognisers are attacked, with words for each, by name.

    These are ``classifiers``, what `attribution` returns for the networks of ``origin``, those trained on the same
    networks with degraded images, and PRNU with the wavelet denoiser, since BM3D takes seconds for each image; of
    several matches, correlation. ``shared`` are the study's PRNU settings. Without classifiers nothing is attacked.
    """
    if not classifiers:
        return {}
    matched = sorted(quick_prnu(experiments, origin, shared), key=lambda name: experiments[name].method)
    chosen = [*classifiers, *augmented_beside(experiments, origin, classifiers), *matched[:1]]
    return {name: method_in_words(experiments[name]) for name in chosen}


def name_of_published(published: int, own: int) -> str:
    """What networks of the origin ``published`` are called, given the numbers of published and of own ones."""
    return " and ".join(name for name, number in (("published", published), ("own", own)) if number) or "published"
