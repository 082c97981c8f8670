"""Bundles with enough validation photos that their models name networks, for the tests of tables and exports."""

from dataclasses import replace

from attribution_data import gaussian, separated, small_bundle, sources

from sr_fingerprints.attribution.bundle import Bundle
from sr_fingerprints.attribution.fitting import fit_model
from sr_fingerprints.attribution.observations import joined


def answering_bundle(distance: float = 12.0, networks: int = 4, width: int = 4) -> Bundle:
    """As `attribution_data.small_bundle`, with 60 validation photos and 6 test photos."""
    known = sources(networks)
    means = separated(len(known), 2 * width, distance)
    train, validation, test = (
        gaussian(means, [source.name for source in known], split, photos, seed=1)
        for split, photos in (("train", 6), ("validation", 60), ("test", 6))
    )
    bundle = small_bundle(distance, networks, width)
    held_out = joined([validation, test]).rounded()
    model = fit_model(known, train, held_out.select(held_out.split == "validation"))
    return replace(bundle, model=model, held_out=held_out)
