"""Export of a study's bundle: it has the tables that it reproduces, or there is none."""

import pandas as pd
import pytest
from answering_bundles import answering_bundle

from sr_fingerprints.attribution.bundle import read_bundle, write_bundle
from sr_fingerprints.attribution.export import export_bundle, reproduced_tables
from sr_fingerprints.attribution.model_card import model_card
from sr_fingerprints.attribution.study import answer_test_images
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.tables.attribution import tabulate_attribution
from sr_fingerprints.tables.attribution_groups import tabulate_attribution_groups
from sr_fingerprints.tables.attribution_parsers import tabulate_attribution_parsers
from sr_fingerprints.tables.attribution_sources import tabulate_attribution_sources


@pytest.fixture
def results(tmp_path):
    """What the rules of rules/attribution.smk write, of made-up features."""
    folder = tmp_path / "results/mine"
    (folder / "attribution").mkdir(parents=True)
    (folder / "tables").mkdir()
    write_bundle(answering_bundle(distance=3.0, networks=6), folder / "attribution/bundle.safetensors")
    answers, pairs, sources, groups = (
        folder / f"attribution/{name}.csv" for name in ("answers", "pairs", "sources", "groups")
    )
    answer_test_images(folder / "attribution/bundle.safetensors", [1, 4], answers, pairs, sources, groups)

    def outputs(name):
        return {kind: folder / f"tables/{name}.{kind}" for kind in ("csv", "tex")}

    tabulate_attribution(answers, **outputs("attribution"))
    tabulate_attribution_groups(answers, pairs, groups, **outputs("attribution_groups"))
    tabulate_attribution_sources(answers, sources, groups, **outputs("attribution_sources"))
    tabulate_attribution_parsers(answers, **outputs("attribution_parsers"))
    return folder


def test_an_exported_bundle_has_the_tables_of_the_study_and_a_card_of_its_numbers(results, tmp_path):
    output = tmp_path / "given/upscalers.safetensors"
    output.parent.mkdir()
    bundle = export_bundle(results, output)
    table = pd.read_csv(results / "tables/attribution.csv")
    stored = pd.DataFrame(bundle.about["tables"]["attribution"])
    assert stored.named.tolist() == pytest.approx(table.named.tolist(), rel=1e-12)
    assert reproduced_tables(bundle, (1, 4)) == bundle.about["tables"]
    card = output.with_suffix(".md").read_text()
    assert card == model_card(read_bundle(output)) and bundle.sha256 in card
    named = table[(table.images_of == "known networks") & (table.tiles == 1)].iloc[0]
    assert f"{named.named:.1f} [{named.named_low:.1f}, {named.named_high:.1f}]" in card
    for words in ("What it must not be used for", "MIT", "Licence", "None" if "None" in card else "Limits"):
        assert words in card
    assert "None" not in card and "nan" not in card
    assert sorted(path.name for path in output.parent.iterdir()) == ["upscalers.md", "upscalers.safetensors"]


@pytest.mark.parametrize("table", ["attribution", "attribution_groups", "attribution_sources", "attribution_parsers"])
def test_a_number_that_the_bundle_does_not_reproduce_stops_the_export(results, tmp_path, table):
    path, output = results / f"tables/{table}.csv", tmp_path / "kept.safetensors"
    output.write_bytes(b"an earlier one")
    frame = pd.read_csv(path, dtype={"scale": str})
    column = next(name for name in frame if frame[name].dtype == float and frame[name].notna().all())
    frame.loc[0, column] += 0.001
    frame.to_csv(path, index=False)
    with pytest.raises(InputError, match=rf"{table}.csv: found row 1, {column}: .* instead of .*; allowed: "):
        export_bundle(results, output)
    assert output.read_bytes() == b"an earlier one" and not output.with_suffix(".md").exists()


def test_a_folder_that_is_no_study_is_told_so(tmp_path):
    with pytest.raises(InputError, match=r"bundle.safetensors: not found; allowed: the results folder of a finished"):
        export_bundle(tmp_path, tmp_path / "a.safetensors")
