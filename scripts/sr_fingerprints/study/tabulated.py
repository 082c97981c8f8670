"""Which experiments tables and figures are about: chosen by what they are, whatever their names."""

from collections.abc import Mapping
from typing import Any

from sr_fingerprints.prnu import settings as prnu
from sr_fingerprints.study.experiments import Experiment

Experiments = Mapping[str, Experiment]


def attribution(experiments: Experiments, learned: str, asked: str) -> list[str]:
    """Name of the classifiers that tables of attribution to networks of the origin ``learned`` are about, if any.

    They were trained to name these networks and no others, and are evaluated on images of the origin ``asked``. Of
    several experiments the one called ``<learned>_attribution`` is taken, else the first without ``only``, else the
    first.
    """
    candidates = [
        name
        for name, row in experiments.items()
        if row.kind == "attribution"
        and set(row.train_on) == {learned}
        and asked in row.tested_on
        and not row.withhold
    ]
    usual = f"{learned}_attribution"
    return sorted(candidates, key=lambda name: (name != usual, bool(experiments[name].only)))[:1]


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


def attacked(
    experiments: Experiments, origin: str, shared: Mapping[str, Any], classifiers: list[str]
) -> dict[str, str]:
    """Experiments whose recognisers are attacked, with words for each, by name.

    These are ``classifiers``, what `attribution` returns for the networks of ``origin``, those trained on the same
    networks with degraded images, and PRNU with the wavelet denoiser, since BM3D takes seconds for each image; of
    several matches, correlation. ``shared`` are the study's PRNU settings. Without classifiers nothing is attacked.
    """
    found = dict.fromkeys(classifiers, "classifier")
    matched: dict[str, str] = {}
    for name, row in experiments.items():
        if not classifiers or set(row.train_on) != {origin} or row.only != experiments[classifiers[0]].only:
            continue
        settings = {**shared, **row.prnu}
        if row.kind == "attribution" and row.classifier.get("augmentation") and not row.withhold:
            found.setdefault(name, "classifier, degraded in training")
        elif row.kind == "prnu" and settings["denoiser"] == "wavelet" and prnu.is_baseline(settings, settings):
            matched.setdefault(row.method, name)
    return found | {matched[method]: f"PRNU, {method.removeprefix('prnu_')}" for method in sorted(matched)[:1]}


def name_of_published(published: int, own: int) -> str:
    """What networks of the origin ``published`` are called, given the numbers of published and of own ones."""
    return " and ".join(name for name, number in (("published", published), ("own", own)) if number) or "published"
