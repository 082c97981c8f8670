"""A network of one's own joins a bundle, by made-up features: it is recognised, and its cost is measured."""

import numpy as np
import pandas as pd
import pytest
from answering_bundles import answering_bundle
from attribution_data import gaussian, separated

from sr_fingerprints.attribution.bundle import read_bundle, write_bundle
from sr_fingerprints.attribution.collection import conditions_of, write_observations
from sr_fingerprints.attribution.export import export_bundle
from sr_fingerprints.attribution.observations import joined
from sr_fingerprints.attribution.study import answer_test_images, fit_attribution
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.tables.attribution import tabulate_attribution
from sr_fingerprints.tables.attribution_groups import tabulate_attribution_groups
from sr_fingerprints.tables.attribution_own import tabulate_attribution_own
from sr_fingerprints.tables.attribution_parsers import tabulate_attribution_parsers
from sr_fingerprints.tables.attribution_sources import tabulate_attribution_sources

MINE = NetworkRow("mine", "mine", scale=4, loss="GAN", origin="published", licence="CC0-1.0")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A bundle, images of a network far from all that it knows, photos like the bundle's, and the results."""
    folder = tmp_path_factory.mktemp("study")
    for name in ("results/attribution", "results/tables"):
        (folder / name).mkdir(parents=True)
    before = answering_bundle()
    write_bundle(before, folder / "before.safetensors")
    names = [source.name for source in before.model.sources]
    dimensions = before.model.means.shape[-1]
    photo = before.model.means[names.index("photo0")].reshape(-1, dimensions).mean(axis=0)
    means = np.stack([separated(1, dimensions, 30.0, seed=5)[0], photo])
    splits = (("train", 8), ("validation", 60), ("test", 6))
    own = joined([gaussian(means, ["mine", "real"], split, photos, seed=2) for split, photos in splits])
    write_observations(folder / "results/attribution/own.h5", own, {})
    bundle = folder / "results/attribution/bundle.safetensors"
    fit_attribution(
        folder / "before.safetensors",
        folder / "results/attribution/own.h5",
        [MINE],
        None,
        {},
        {"study": "own"},
        bundle,
    )
    answers, pairs, sources, groups = (
        folder / f"results/attribution/{name}.csv" for name in ("answers", "pairs", "sources", "groups")
    )
    answer_test_images(
        bundle, [1, 4], answers, pairs, sources, groups,
        before=folder / "before.safetensors", own=folder / "results/attribution/own.h5",
    )  # fmt: skip

    def outputs(name):
        return {kind: folder / f"results/tables/{name}.{kind}" for kind in ("csv", "tex")}

    tabulate_attribution(answers, **outputs("attribution"))
    tabulate_attribution_groups(answers, pairs, groups, **outputs("attribution_groups"))
    tabulate_attribution_sources(answers, sources, groups, **outputs("attribution_sources"))
    tabulate_attribution_parsers(answers, **outputs("attribution_parsers"))
    tabulate_attribution_own(answers, sources, groups, ["mine"], **outputs("attribution_own"))
    return folder


def test_it_is_known_beside_the_others_by_the_classifier_that_they_are_known_by(study):
    before, after = (
        read_bundle(study / path) for path in ("before.safetensors", "results/attribution/bundle.safetensors")
    )
    assert [source.name for source in after.model.sources] == [*(s.name for s in before.model.sources), "mine"]
    assert after.model.sources[-1].licence == "CC0-1.0" and after.about["extends"]["added"] == ["mine"]
    assert after.about["extends"]["sha256"] == before.sha256 and after.name == "own"
    weights = (bundle.classifier.state_dict() for bundle in (before, after))
    assert all((one == other).all() for one, other in zip(*(each.values() for each in weights), strict=True))
    assert [row["name"] for row in conditions_of(after)] == ["pristine", "jpeg_90"]


def test_its_table_says_what_it_reaches_and_what_it_costs(study):
    table = pd.read_csv(study / "results/tables/attribution_own.csv").set_index("condition")
    assert list(table.index) == ["pristine", "jpeg_90"] and (table.network == "mine").all()
    assert (table.recall > 80).all() and (table.rejected_before > 95).all() and (table.named_before < 5).all()
    assert (table.others_called_it < 5).all() and (table.photos_called_it < 5).all()
    assert (table.own_photos_called_it < 5).all() and table.own_photos_called_it_high.notna().all()
    assert ((table.others_right - table.others_right_before).abs() < 10).all()


def test_its_bundle_is_exported_with_this_table(study, tmp_path):
    bundle = export_bundle(study / "results", tmp_path / "mine.safetensors")
    assert [row["network"] for row in bundle.about["tables"]["attribution_own"]] == ["mine", "mine"]
    card = (tmp_path / "mine.md").read_text()
    assert "To bundle small were added, by their own images alone: mine." in card and "CC0-1.0" in card
    models = {row["tested"] for row in bundle.about["tables"]["attribution"]}
    assert len(models) == 3, "the bundle, the one before, and the photos of the study"
