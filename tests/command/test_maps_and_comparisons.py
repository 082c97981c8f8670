"""Heat maps, comparisons and descriptions of a bundle, on images of which the truth is known."""

import json
import tomllib
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import tiny_bundle
from jsonschema import Draft202012Validator
from PIL import Image
from readable_figures import assert_readable, recorded
from referencing import Registry, Resource

from sr_fingerprints.attribution.comparison import compare, draw_pairs, fit_pairs, pair_scores
from sr_fingerprints.attribution.heat_map import MOST_WINDOWS, NOT_SUPER_RESOLVED, HeatMap, heat_map
from sr_fingerprints.attribution.map_figure import _colours, _entries
from sr_fingerprints.command.main import main
from sr_fingerprints.runtime.errors import InputError

SCHEMAS = {path.name: json.loads(path.read_text()) for path in (Path(__file__).parents[2] / "schemas").glob("*.json")}
"""All schemas of JSON, by the names under which they refer to each other."""

COMPARED = Draft202012Validator(
    SCHEMAS["comparison.schema.json"],
    registry=Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items()),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tiny_bundle.write_tiny_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def bundle(path):
    return tiny_bundle.tiny_bundle()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for source in tiny_bundle.MAKE:
        for photo in ("ihc", "grace_hopper"):
            Image.fromarray(tiny_bundle.made(source, photo, 256)).save(f"{source}-{photo}.png")
    return tmp_path


PASTED = slice(96, 240), slice(144, 336)


def pasted(source, into, photo="ihc"):
    image = tiny_bundle.made(into, photo, 384).copy()
    image[PASTED] = tiny_bundle.made(source, photo, 384)[PASTED]
    return image


def decided(found):
    """The name that each pixel is decided for, (h, w), or an empty one."""
    rows, columns = np.diff(found.tops), np.diff(found.lefts)
    names = np.array([*found.names, ""])[found.speaks]
    return names.repeat(rows, axis=0).repeat(columns, axis=1)


# ---- Maps ----


def test_a_pasted_part_is_found_where_it_is_and_nowhere_else(bundle):
    image = pasted("smooth", "nearest")
    names = decided(heat_map(bundle, image))
    assert names.shape == image.shape[:2]
    inside = np.zeros(names.shape, bool)
    inside[PASTED] = True
    assert (names[inside] == "Smooth 2X").mean() > 0.8
    assert (names[~inside] == "Smooth 2X").mean() < 0.05
    assert (names[~inside] == NOT_SUPER_RESOLVED).mean() > 0.5


@pytest.mark.parametrize(("source", "words"), [("smooth", "Smooth 2X"), ("nearest", NOT_SUPER_RESOLVED)])
def test_an_image_of_one_source_has_one_colour(bundle, source, words):
    shares = heat_map(bundle, tiny_bundle.made(source, "ihc", 384)).shares
    assert next(iter(shares)) == words and shares[words] > 0.6
    assert sum(shares.values()) - shares[words] < 0.1


@pytest.mark.parametrize("size", [(48, 48), (48, 300), (64, 65), (40, 200), (201, 163), (2000, 1500)])
def test_cells_cover_any_image_and_probabilities_add_up(bundle, size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    with recorded(type(bundle.classifier), "features") as batches:
        found = heat_map(bundle, image)
    assert len(batches) <= MOST_WINDOWS / 16 + 1
    for edges, length in ((found.tops, size[0]), (found.lefts, size[1])):
        assert edges[0] == 0 and edges[-1] == length and (np.diff(edges) > 0).all()
    assert found.probabilities.shape == (*found.speaks.shape, len(tiny_bundle.SOURCES))
    assert np.allclose(found.probabilities.sum(axis=-1), 1)


def test_the_evidence_of_a_cell_is_that_of_the_windows_that_contain_it(bundle):
    """What is changed outside of all windows of a cell does not change it."""
    image = tiny_bundle.made("smooth", "ihc", 256).copy()
    before = heat_map(bundle, image)
    image[160:] = 0
    after = heat_map(bundle, image)
    untouched = before.tops[:-1] < 160 - bundle.side
    assert np.allclose(before.probabilities[untouched], after.probabilities[untouched])
    assert not np.allclose(before.probabilities[~untouched], after.probabilities[~untouched])


def test_maps_are_drawn_readably_for_one_image_and_for_many(folder, path, monkeypatch):
    from matplotlib.figure import Figure

    with recorded(Figure, "savefig") as figures:
        assert main(["attribute", "smooth-ihc.png", "--bundle", str(path), "--map", "map.png"]) == 0
        assert main(["attribute", "sharp-ihc.png", "nearest-ihc.png", "--bundle", str(path), "--map", "maps"]) == 0
    for figure in figures:
        assert_readable(figure)
        assert [axes.get_xlim() for axes in figure.axes] == [(0, 256)] * 2
    with Image.open("map.png") as image:
        assert image.format == "PNG" and min(image.size) > 300
    names = [each.name for each in sorted(Path("maps").iterdir())]
    assert [name[:-13] for name in names] == ["nearest-ihc", "sharp-ihc"] and not list(folder.glob(".*"))


def test_a_group_has_the_colour_of_the_largest_answer_within_it():
    """A speaks in half of the image, B in a quarter, A or B in an eighth, C in the rest: each is its own."""
    speaks = np.array([[0, 0, 0, 0, 1, 1, 2, 3]])
    members = tuple(map(frozenset, ([0], [1], [0, 1], [2], [3])))
    probabilities = np.tile([0.5, 0.4, 0.06, 0.04], (1, 8, 1))
    edges = np.arange(0, 90, 10)
    found = HeatMap(
        edges[:2], edges, ("A", "B", "A or B", "C", NOT_SUPER_RESOLVED), members, probabilities, speaks, 10
    )
    colours = _colours(found)
    assert colours[2] == colours[0] and len({colours[place] for place in (0, 1, 3)}) == 3
    np.testing.assert_allclose(found.certainty[0], [0.5] * 4 + [0.4] * 2 + [0.9, 0.06])
    told = [words for _, words in _entries(found, colours)]
    assert told == ["A: 50 %; narrower or wider: 12 %", "B: 25 %", "C: 12 %"]


# ---- Comparisons ----


def read(name):
    return np.asarray(Image.open(f"{name}.png").convert("RGB"))


def test_images_of_one_network_are_likelier_of_one_than_images_of_two(folder, bundle):
    same = compare(bundle, (read("smooth-ihc"), read("smooth-grace_hopper")))
    other = compare(bundle, (read("smooth-ihc"), read("sharp-grace_hopper")))
    assert same.log10_likelihood_ratio > 0 > other.log10_likelihood_ratio
    assert same.score > other.score and same.verbal.endswith("support for the same network")
    assert other.verbal.endswith("support for different sources")
    assert same.highest <= np.log10(same.photos + 1), "no more than the photos support"


def test_the_order_of_two_images_does_not_matter(folder, bundle):
    first, second = (compare(bundle, pair) for pair in [(read("smooth-ihc"), read("sharp-ihc")),
                                                        (read("sharp-ihc"), read("smooth-ihc"))])  # fmt: skip
    assert first.log10_likelihood_ratio == second.log10_likelihood_ratio


@pytest.mark.parametrize("pair", [("nearest-ihc", "nearest-grace_hopper"), ("nearest-ihc", "photo-grace_hopper")])
def test_images_that_no_network_made_are_not_called_of_the_same_one(folder, bundle, pair):
    found = compare(bundle, (read(pair[0]), read(pair[1])))
    assert found.answer == "neither_super_resolved" and found.log10_likelihood_ratio is None
    assert "there is no network to compare" in found.words


def test_pairs_are_of_different_photos_and_of_what_they_are_said_to_be(bundle):
    images = bundle.held_out
    same, different = draw_pairs(bundle, images, 2000, np.random.default_rng(0))
    assert min(len(same), len(different)) > 500
    for pairs in (same, different):
        assert (images.photo[pairs[:, 0]] != images.photo[pairs[:, 1]]).all()
        assert set(images.name[pairs[:, 0]]) == {"sharp", "smooth"}, "a network is one of them"
    assert (images.name[same[:, 0]] == images.name[same[:, 1]]).all()
    assert (images.name[different[:, 0]] != images.name[different[:, 1]]).all()
    assert set(images.name[different[:, 1]]) == set(tiny_bundle.MAKE)


def test_ratios_say_nothing_where_names_mean_nothing(bundle):
    """A control: with shuffled names the cost is that of saying nothing, and no ratio is far from 1."""
    from dataclasses import replace

    names = np.random.default_rng(0).permutation(bundle.held_out.name)
    shuffled = fit_pairs(replace(bundle, held_out=replace(bundle.held_out, name=names)), crops=4)
    assert shuffled.cllr == pytest.approx(1, abs=0.03)
    scores = pair_scores(bundle.model, bundle.held_out.features[:50], bundle.held_out.features[50:100])
    assert np.abs(shuffled.log10_ratios(scores)).max() < 0.3
    assert fit_pairs(bundle, crops=4).cllr < 0.8


def test_a_bundle_of_one_photo_cannot_compare(bundle):
    from dataclasses import replace

    one = bundle.held_out.select(bundle.held_out.photo == "ihc")
    with pytest.raises(InputError, match="held-out images of one photo"):
        fit_pairs(replace(bundle, held_out=one), crops=4)


def test_the_command_compares(folder, path, capsys):
    assert main(["compare", "smooth-ihc.png", "smooth-grace_hopper.png", "--bundle", str(path)]) == 0
    out = capsys.readouterr().out
    assert "support for the same network" in out and "held-out photos support no more" in out
    assert main(["compare", "smooth-ihc.png", "sharp-ihc.png", "--bundle", str(path), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["answer"] == "ratio" and [each["image"]["path"] for each in found["images"]] == [
        "smooth-ihc.png", "sharp-ihc.png"
    ]  # fmt: skip
    COMPARED.validate(found)
    assert (
        main(["compare", "nearest-ihc.png", "photo-grace_hopper.png", "--bundle", str(path), "--format", "json"]) == 0
    )
    neither = json.loads(capsys.readouterr().out)
    COMPARED.validate(neither)
    assert neither["answer"] == "neither_super_resolved"
    for wrong in (
        found | {"answer": "neither_super_resolved"},
        neither | {"answer": "ratio"},
        found | {"version": 2},
        found | {"new": 1},
        found | {"images": found["images"][:1]},
        found | {"images": [found["images"][0], found["images"][1] | {"decision": "sure"}]},
        {key: value for key, value in found.items() if key != "cllr"},
    ):
        assert not COMPARED.is_valid(wrong)
    Path("text.png").write_text("text")
    assert main(["compare", "smooth-ihc.png", "text.png", "--bundle", str(path)]) == 1
    assert "text.png: not a whole image" in capsys.readouterr().err


# ---- What is in a bundle ----


def test_a_bundle_is_described_for_people_and_for_programs(path, bundle, capsys):
    assert main(["bundle", "info", str(path)]) == 0
    out = capsys.readouterr().out
    for text in ("Smooth 2X (none found)", "Sharp 2X (MIT)", "nearest neighbour 2X; photo", "highpass8", "condition"):
        assert text in out
    assert main(["bundle", "info", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [source["name"] for source in found["sources"]] == [source.name for source in tiny_bundle.SOURCES]
    assert found["sha256"] in out and found["held_out"]["photos"] == {"validation": 3, "test": 2}
    (row,) = found["reached"]
    test = bundle.held_out.select(bundle.held_out.split == "test")
    decided = bundle.model.decide(test.features, test.crops)
    networks = np.isin(test.name, ["sharp", "smooth"])
    assert row["images"] == len(test)
    assert row["named"] == pytest.approx(np.isin(decided.decision[networks], ["network", "group"]).mean())


def test_a_study_without_a_bundle_cannot_be_exported(folder, capsys):
    pytest.importorskip("sr_fingerprints.attribution.export")
    assert main(["export", "results/none"]) == 2
    assert "results/none" in capsys.readouterr().err and not Path("results").exists()


def test_help_and_version_are_for_newcomers(capsys):
    for arguments in (["--help"], ["attribute", "--help"], ["compare", "--help"], ["export", "--help"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0 and "usage: sr-fingerprints" in capsys.readouterr().out
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    module, _, function = project["scripts"]["sr-fingerprints"].partition(":")
    assert getattr(import_module(module), function) is main
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.startswith("sr-fingerprints 0.")
