"""Checks of sizes across sections: crops fit into photos, and scales divide them."""

from collections.abc import Iterator, Mapping
from typing import Any

from sr_fingerprints.runtime.errors import listed


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    photos, scales = config["photos"], config["networks"]["scales"]
    sides = {key: photos[key] for key in ("tile", "longest_side") if photos[key] is not None}
    for key, crop in crop_sides(config).items():
        for side_key, side in sides.items():
            if crop > side:
                yield f"{key}: found {crop}, larger than a photo (photos.{side_key} is {side}); allowed: up to {side}"
    for scale in scales:
        if photos["tile"] is not None and photos["tile"] % scale:
            yield f"photos.tile: found {photos['tile']}; allowed: a multiple of every scale, here {listed(scales)}"


def crop_sides(config: Mapping[str, Any]) -> dict[str, int]:
    """Side in pixels of every crop that is taken of the study's photos, by configuration key."""
    rows = {"classifiers": config["classifiers"]} | {
        f"experiments.{row}.classifier": experiment.get("classifier", {})
        for row, experiment in enumerate(config["experiments"])
    }
    sides = {
        f"{key}.{name}": settings.get(name) for key, settings in rows.items() for name in ("crop", "evaluation_crop")
    }
    sides |= {"quality.crop": config["quality"]["crop"], "prnu.crop": config["prnu"]["crop"]}
    sides |= {
        f"experiments.{row}.prnu.crop": experiment.get("prnu", {}).get("crop")
        for row, experiment in enumerate(config["experiments"])
    }
    sides |= {"figures.patch": config["figures"]["patch"]}
    return {key: side for key, side in sides.items() if side is not None}
