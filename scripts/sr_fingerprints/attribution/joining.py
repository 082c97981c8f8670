"""A network of one's own joins a bundle: it is known by its images alone, and nothing is trained."""

from dataclasses import replace

import numpy as np

from sr_fingerprints.attribution.bundle import Bundle
from sr_fingerprints.attribution.fitting import calibrated, condition_means
from sr_fingerprints.attribution.observations import Observations, joined
from sr_fingerprints.attribution.residual_fingerprints import Folded
from sr_fingerprints.attribution.sources import Source
from sr_fingerprints.runtime.errors import InputError


def with_source(
    bundle: Bundle, source: Source, images: Observations, folded: tuple[Folded, Folded] | None = None
) -> Bundle:
    """A bundle that knows one more source, by ``images`` of it alone; nothing is trained.

    Its means are those of its training images; the classifier and the covariance stay. Temperatures, groups,
    thresholds, sets and ratios are fitted anew on the validation images that the bundle holds, with those of the new
    source: they say what the bundle reaches with it. Images are observed as those of the bundle were, under its
    conditions. ``folded`` are the residuals of its training and its validation images; without them, the bundle has
    no residual fingerprints any more. Scores are then those of the means. Raises `InputError` for a name that the
    bundle has, and for images of another network or without one of the three splits.
    """
    model = bundle.model
    if source.name in {known.name for known in model.sources}:
        raise InputError(f"{source.name}: the bundle has a source of this name; allowed: a new one")
    if others := sorted(set(images.name.tolist()) - {source.name}):
        raise InputError(f"{source.name}: found images of {others[0]}; allowed: its own alone")
    for split in ("train", "validation", "test"):
        if not (images.split == split).any():
            raise InputError(f"{source.name}: found no {split} images; allowed: one or more")
    dimensions = model.means.shape[2]
    if images.features.shape[1] != dimensions:
        raise InputError(
            f"{source.name}: found features of {images.features.shape[1]} dimensions; "
            f"allowed: {dimensions}, by the classifier of the bundle"
        )
    means = condition_means(images.select(images.split == "train"), model.conditions)
    held_out = joined([bundle.held_out, images.select(images.split != "train")]).rounded()
    grown = replace(
        model,
        sources=(*model.sources, source),
        means=np.concatenate([model.means, means[None]]),
        head_weights=np.zeros((0, dimensions), np.float32),
        head_bias=np.zeros(0, np.float32),
        scores="means",
        groups=(),
        conformal_least=np.append(model.conformal_least, 0.0),
    )
    fitted = calibrated(grown, held_out.select(held_out.split == "validation"))
    residuals = bundle.residuals.with_source(*folded) if bundle.residuals and folded else None
    return replace(bundle, model=fitted, held_out=held_out, sha256=None, residuals=residuals)
