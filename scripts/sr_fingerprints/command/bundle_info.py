"""`sr-fingerprints bundle info`: what a bundle knows, and what it was measured to be worth."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from sr_fingerprints.attribution.model import NEVER
from sr_fingerprints.attribution.one_image import bundle_path, load_bundle
from sr_fingerprints.command.words import field

if TYPE_CHECKING:
    from sr_fingerprints.attribution.bundle import Bundle


def run(given: argparse.Namespace) -> bool:
    """Show the bundle. Raises `InputError` if it is missing or damaged."""
    path = bundle_path(given.bundle)
    bundle = load_bundle(path)
    if given.json:
        text = json.dumps({"path": str(path), **described(bundle)}, ensure_ascii=False, indent=2)
    else:
        text = "\n".join([f"{path}, {path.stat().st_size:,} bytes", *_lines(bundle)])
    sys.stdout.write(f"{text}\n")
    return True


def described(bundle: "Bundle") -> dict[str, Any]:
    """All of a bundle but its arrays, as JSON has it."""
    model, held_out = bundle.model, bundle.held_out
    photos = {split: len(set(held_out.photo[held_out.split == split].tolist())) for split in ("validation", "test")}
    return {
        "name": bundle.name,
        "sha256": bundle.sha256,
        "backbone": bundle.backbone,
        "parameters": sum(tensor.numel() for tensor in bundle.classifier.parameters()),
        "crops": {"side": bundle.side, "most": bundle.most},
        "sources": [vars(source) for source in model.sources],
        "groups": [
            vars(group) | {"members": [model.sources[place].name for place in group.members]}
            for group in model.groups
        ],
        "scores": model.scores,
        "thresholds": dict(zip(model.conditions, map(vars, model.thresholds), strict=True)),
        "sizes": model.sizes,
        "open_set_false_positive_rate": bundle.false_positive_rate,
        "log10_likelihood_ratio": {"lowest": model.lowest, "highest": model.highest},
        "held_out": {"images": len(held_out), "photos": photos},
        "conditions": dict(bundle.conditions),
        "reached": reached(bundle),
        "about": dict(bundle.about),
    }


def reached(bundle: "Bundle") -> list[dict[str, Any]]:
    """What the bundle reaches on its held-out test images by condition, computed from the features that it holds.

    Decisions are those of single images as they are stored, without stability: ``named`` is the share of networks'
    images for which a network or group is named, ``right`` the share of these that are right, ``members_median`` and
    ``members_mean`` how many networks are named for one of these images, and ``photos_named`` the share of photos and
    interpolations that are called a network's. None where there is no image.
    """
    model, held_out = bundle.model, bundle.held_out
    places = {source.name: place for place, source in enumerate(model.sources)}
    test = held_out.select((held_out.split == "test") & np.isin(held_out.name, list(places)))
    if not len(test):
        return []
    actual = np.array([places[name] for name in test.name.tolist()])
    decided = model.decide(test.features, test.crops)
    named = np.isin(decided.decision, ("network", "group"))
    right = np.where(decided.decision == "network", decided.best == actual, model.contains(decided.group, actual))
    sizes = np.array([*(len(group.members) for group in model.groups), 0])
    members = np.where(decided.decision == "network", 1, sizes[decided.group])
    networks = model.kind("network")[actual]
    rows = []
    for condition in dict.fromkeys(test.condition.tolist()):
        here = test.condition == condition
        answered = members[here & networks & named]
        rows.append(
            {
                "condition": condition,
                "images": int(here.sum()),
                "named": _share(named[here & networks]),
                "right": _share(right[here & networks & named]),
                "members_median": float(np.median(answered)) if len(answered) else None,
                "members_mean": _share(answered),
                "photos_named": _share(named[here & ~networks]),
            }
        )
    return rows


def _share(found: np.ndarray) -> float | None:
    return float(found.mean()) if len(found) else None


def _lines(bundle: "Bundle") -> Iterator[str]:
    found = described(bundle)
    kinds = Counter(source.kind for source in bundle.model.sources)
    yield from field("study", bundle.name)
    yield from field("sha256", str(bundle.sha256))
    yield from field("classifier", f"{bundle.backbone}, {found['parameters']:,} parameters")
    yield from field("images", f"up to {bundle.most} crops of {bundle.side} pixels")
    yield from field("sources", ", ".join(f"{number} {kind}s" for kind, number in kinds.items()))
    for condition, thresholds in found["thresholds"].items():
        words = ", ".join(
            f"{key.replace('_', ' ')} {'never' if value >= NEVER else f'from {value:.3g}'}"
            for key, value in thresholds.items()
        )
        yield from field("decided", f"{condition}: {words} (probability)")
    ratio = found["log10_likelihood_ratio"]
    yield from field("log10 LR", f"{ratio['lowest']:.2f} to {ratio['highest']:.2f}")
    yield from field(
        "unknown", f"{100 * found['open_set_false_positive_rate']:.1f} % of known test images are called so"
    )
    held_out = found["held_out"]
    photos = ", ".join(f"{number} {split}" for split, number in held_out["photos"].items())
    yield from field("held out", f"{held_out['images']:,} images of {photos} photos")
    versions = bundle.about.get("versions")
    if isinstance(versions, dict):
        yield from field("made with", ", ".join(f"{name} {version}" for name, version in versions.items()))
    yield ""
    yield "  Networks, with the licences of their weights:"
    for source in bundle.model.sources:
        if source.kind == "network":
            yield f"  {source.words} ({source.licence or 'no licence'})"
    if groups := bundle.model.groups:
        yield from ["", "  Groups within groups that are named where no single network is, with their confusion:"]
        for group in groups:
            depth = sum(set(group.members) < set(each.members) for each in groups)
            yield f"  {'  ' * depth}{group.words} ({len(group.members)} networks, {group.confusion:.2f})"
    others = [source.words for source in bundle.model.sources if source.kind != "network"]
    yield from ["", *field("others", "; ".join(others))]
    if found["reached"]:
        yield from [
            "",
            "  Reached on held-out test images, single and as they are stored, without checks of stability:",
        ]
        yield f"  {'condition':24} {'images':>7} {'named':>7} {'right':>7} {'networks':>9} {'photos named':>13}"
        for row in found["reached"]:
            shares = [_percent(row[key]) for key in ("named", "right", "photos_named")]
            width = "" if row["members_mean"] is None else f"{row['members_median']:.0f}, {row['members_mean']:.1f}"
            yield (
                f"  {row['condition']:24} {row['images']:7,} {shares[0]:>7} {shares[1]:>7} {width:>9} {shares[2]:>13}"
            )
        yield "  networks: how many are named for an image, median and mean"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"
