"""Checks of sizes across sections: crops fit into photos, and scales divide them."""

from collections.abc import Iterator, Mapping
from math import lcm
from typing import Any

import pandas as pd

from sr_fingerprints.degradations.operations import degraded_size, in_words
from sr_fingerprints.networks.architectures import smallest_patch
from sr_fingerprints.networks.architectures.registry import TRAINED
from sr_fingerprints.study.network_row import network_rows

SMALLEST_MEASURED = 31
"""Pixels; least side of what quality is measured on. `images.quality.SMALLEST_SIDE`, which takes long to import."""


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    photos = config["photos"]
    tile, longest = photos["tile"], photos["longest_side"]
    sides = {key: photos[key] for key in ("tile", "longest_side") if photos[key] is not None}
    for key, crop in crop_sides(config).items():
        for side_key, side in sides.items():
            if crop > side:
                yield f"{key}: found {crop}, larger than a photo (photos.{side_key} is {side}); allowed: up to {side}"
    if tile is not None and longest is not None and tile > longest:
        yield f"photos.tile: found {tile}; allowed: up to photos.longest_side, {longest}"
    if tile is None and photos["tiles"] is not None:
        yield f"photos.tiles: found {photos['tiles']}, and photos.tile is null; allowed: null, or with a photos.tile"
    if side := tile or longest:
        crops = classifier_sides(config)
        key = max(crops, key=lambda name: crops[name])
        for index, row in enumerate(config["networks"]["processed"]):
            left = min(degraded_size((side, side), row["chain"]))
            if left < crops[key]:
                found = f"found {in_words(row['chain'])}, which leaves {left} pixels of {side}"
                allowed = f"chains that leave {crops[key]} or more, as {key}"
                yield f"networks.processed.{index}.chain: {found}; allowed: {allowed}"


def problems_with_networks(config: Mapping[str, Any], networks: pd.DataFrame) -> Iterator[str]:
    """Yield, like `problems`, each problem that depends on the scales in ``networks``, the table of networks."""
    photos = config["photos"]
    tile, longest = photos["tile"], photos["longest_side"]
    scales = _scales(config, networks)
    period = lcm(*(scale for scale, _ in scales.values()))
    largest = max((scale for scale, _ in scales.values()), default=1)
    least = least_side(config, largest)
    for key, (scale, found) in scales.items():
        if tile is not None and tile % scale:
            fitting = f"a photos.tile that is a multiple of {period}, such as {-(-least // period) * period}"
            allowed = f"a scale that does, or {fitting}"
            yield f"{key}: found {found}, which does not divide photos.tile, {tile}; allowed: {allowed}"
    if longest is not None and tile is None:  # tiles that every scale divides fit
        left = longest - longest % period
        for key, side in crop_sides(config).items():
            if side > left:
                cropped = f"photos.longest_side, {longest}, cropped to a multiple of every scale ({period})"
                yield f"{key}: found {side}, larger than {cropped}; allowed: up to {left}"
    if tile is not None:
        yield from _low_resolution_problems(config, networks)
    for key in ("tile", "longest_side"):
        side, enough = photos[key], SMALLEST_MEASURED + 2 * largest
        if side is not None and side < enough:
            measured = f"of which quality leaves out {largest} pixels at every border of images of {largest}X"
            yield f"photos.{key}: found {side}, {measured}; allowed: {enough} or more"


def least_side(config: Mapping[str, Any], scale: int) -> int:
    """Least side in pixels of a photo: every crop fits, and quality finds enough without the border at ``scale``."""
    return max(*crop_sides(config).values(), SMALLEST_MEASURED + 2 * scale)


def _scales(config: Mapping[str, Any], networks: pd.DataFrame) -> dict[str, tuple[int, str]]:
    """The scale of every network of the table, and how it is named, by configuration key."""
    own = {row["network"]: index for index, row in enumerate(config["networks"]["own"])}
    found: dict[str, tuple[int, str]] = {}
    for row in network_rows(networks):
        if row.origin == "custom":
            index = config["networks"]["scales"].index(row.scale)
            found[f"networks.scales.{index}"] = row.scale, str(row.scale)
        elif row.origin == "published" and row.network in own:
            found[f"networks.own.{own[row.network]}.scale"] = row.scale, str(row.scale)
        elif row.origin == "published":
            index = config["networks"]["published"].index(row.network)
            found[f"networks.published.{index}"] = row.scale, f"{row.network}, of scale {row.scale}"
    return found


def _low_resolution_problems(config: Mapping[str, Any], networks: pd.DataFrame) -> Iterator[str]:
    """Tiles that some network cannot take, reduced to low resolution; of one's own networks this is not known."""
    tile = config["photos"]["tile"]
    for row in network_rows(networks):
        settings = config["networks"]["settings"][row.architecture] if row.framework == "trained" else {}
        architecture = row.published_architecture
        if row.framework in ("trained", "torch") and architecture in TRAINED:
            least = row.scale * smallest_patch(architecture, **settings)
            if tile < least:
                yield f"photos.tile: found {tile}; allowed for {architecture} at {row.scale}X: {least} or more"


def crop_sides(config: Mapping[str, Any]) -> dict[str, int]:
    """Side in pixels of every crop that is taken of the study's photos, by configuration key."""
    sides: dict[str, int | None] = {**classifier_sides(config)}
    for key in ("pipelines", "photo_sources"):
        sides |= {f"{key}.classifier.{name}": config[key]["classifier"].get(name) for name in CLASSIFIER_CROPS}
    sides |= {"quality.crop": config["quality"]["crop"], "prnu.crop": config["prnu"]["crop"]}
    sides |= {
        f"experiments.{row}.prnu.crop": experiment.get("prnu", {}).get("crop")
        for row, experiment in enumerate(config["experiments"])
    }
    sides |= {"figures.patch": config["figures"]["patch"]}
    return {key: side for key, side in sides.items() if side is not None}


CLASSIFIER_CROPS = ("crop", "evaluation_crop")


def classifier_sides(config: Mapping[str, Any]) -> dict[str, int]:
    """Side in pixels of every crop that the classifiers of experiments take, by configuration key."""
    rows = {"classifiers": config["classifiers"]} | {
        f"experiments.{row}.classifier": experiment.get("classifier", {})
        for row, experiment in enumerate(config["experiments"])
    }
    return {
        f"{key}.{name}": settings[name]
        for key, settings in rows.items()
        for name in CLASSIFIER_CROPS
        if name in settings
    }
