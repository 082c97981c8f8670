"""The pages of the report: what they show, that they are whole, and that their numbers are those of the findings."""

import io
import re
from html.parser import HTMLParser
from math import isnan, nan
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from small_report import ROWS, make_report, small_sources, write_results

from sr_fingerprints.files.patches import read_patches
from sr_fingerprints.report.findings.key_number import KeyNumber
from sr_fingerprints.report.site import pictures
from sr_fingerprints.report.site.pages import _words, write_site
from sr_fingerprints.report.site.plots import WIDTH, axes, in_words, plot, ticks
from sr_fingerprints.runtime.errors import InputError

VOID = {"meta", "img", "br", "hr", "col", "input", "wbr"}


class Tree(HTMLParser):
    """Elements that are open, ids, references to ids, addresses, and the text in each kind of element."""

    def __init__(self, html):
        super().__init__()
        self.open, self.ids, self.references, self.addresses, self.texts, self.images = [], [], [], [], {}, []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.addresses += [attributes[key] for key in ("href", "src") if key in attributes]
        for key in ("aria-labelledby", "aria-describedby", "data-table", "data-list", "for"):
            self.references += attributes.get(key, "").split()
        if tag == "img":
            self.images.append(attributes)
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in set(self.open):
            self.texts[tag][-1] += data


def trees(report):
    return {str(path.relative_to(report)): Tree(path.read_text()) for path in sorted(report.rglob("*.html"))}


@pytest.fixture
def table():
    return pd.DataFrame({"network": ["a", "b"], "psnr_mean": [32.2733, 9.87], "psnr_std": [5.16, np.nan]})


def test_every_element_is_closed_every_id_is_one_and_links_lead_somewhere(tmp_path, table):
    report = make_report(tmp_path, table)
    found = trees(report)
    assert len(found) == 6 + len(ROWS)
    linked = set()
    for name, tree in found.items():
        assert not tree.open and len(tree.ids) == len(set(tree.ids)), name
        assert set(tree.references) <= set(tree.ids), name
        for address in tree.addresses:
            file, _, anchor = unquote(address).partition("#")
            target = ((report / name).parent / file).resolve() if file else report / name
            assert target.is_file(), (name, address)
            linked.add(str(target.relative_to(report.resolve())) if file else name)
            assert not anchor or anchor in found[str(target.relative_to(report.resolve()))].ids, (name, address)
    made = {str(path.relative_to(report)) for path in report.rglob("*") if path.is_file()}
    assert made - linked <= {"pictures/bicubic-x2.png"} | {f"pictures/{name}-error.png" for name in ("photo",)}


def test_a_table_is_shown_beside_its_files_its_caption_and_its_place_in_the_paper(tmp_path, table):
    report = make_report(tmp_path, table)
    tree = trees(report)["tables.html"]
    assert tree.texts["h2"] == ["Datasets"]
    assert tree.texts["th"] == ["network", "PSNR", "a", "b"]
    assert tree.texts["td"] == ["32.3 ± 5.2", "9.9"]
    assert "In the paper: Table 6." in "".join(tree.texts["p"])
    assert (report / "tables/datasets.csv").read_bytes() == (tmp_path / "tables/datasets.csv").read_bytes()
    assert {"tables/datasets.csv", "tables/datasets.tex", "making.html#made-tables-datasets"} <= set(tree.addresses)
    making = trees(report)["making.html"].texts["code"]
    assert "tabulate_datasets" in making and "scripts/tabulate_datasets.py" in making


def test_a_figure_has_its_size_its_caption_as_alternative_text_and_its_pdf(tmp_path, table):
    report = make_report(tmp_path, table)
    tree = trees(report)["figures.html"]
    shown = tree.images[0]
    assert (shown["width"], shown["height"]) == ("4", "3")
    assert shown["alt"].startswith("t-SNE custom. ") and len(shown["alt"]) > 80
    assert "figures/tsne_custom.pdf" in tree.addresses


@pytest.mark.parametrize("rows", [0, 1, 300])
def test_a_table_of_any_length_is_shown(tmp_path, rows):
    tree = trees(make_report(tmp_path, pd.DataFrame({"network": [f"n{row}" for row in range(rows)]})))["tables.html"]
    assert len(tree.texts.get("th", [])) == rows + bool(rows)
    assert ("This study has no rows of this table." in tree.texts["p"]) == (rows == 0)


def test_the_same_results_make_the_same_bytes_and_replace_what_was_there(tmp_path, table):
    def contents(report):
        return {str(path.relative_to(report)): path.read_bytes() for path in report.rglob("*") if path.is_file()}

    first = contents(make_report(tmp_path, table))
    (tmp_path / "report/left.txt").write_text("of an earlier version")
    assert contents(make_report(tmp_path, table)) == first
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith((".", "rep"))) == ["report"]


def test_a_network_s_page_has_its_patches_and_where_it_is_from(tmp_path, table):
    report = make_report(tmp_path, table)
    tree = trees(report)[f"networks/{ROWS[1].network}.html"]
    assert tree.texts["h1"] == ["Net 2X\N{NO-BREAK SPACE}GAN"]
    facts = dict(zip(tree.texts["dt"], tree.texts["dd"], strict=True))
    assert facts["licence"] == "MIT" and facts["precision"] == "float32" and facts["weights, SHA-256"] == "w.pth abc"
    assert "side of tiles" not in facts, "what is not set is left out"
    patches = read_patches(tmp_path / "patches.h5")
    with Image.open(report / f"networks/{ROWS[1].network}.png") as picture:
        assert (np.asarray(picture) == patches.images[1, 0]).all()
    with Image.open(report / f"networks/{ROWS[1].network}-error.png") as picture:
        apart = np.abs(patches.images[1].astype(int) - patches.photo.astype(int))
        shown = np.asarray(picture)
        assert (shown[:, :8, :3] == np.minimum(pictures.GAIN * apart[0], 255)).all()
        assert shown.shape == (8, 8 + pictures.GAP + 8, 4) and (shown[:, 8 : 8 + pictures.GAP, 3] == 0).all()


def test_confusions_are_those_of_the_table(tmp_path, table):
    write_results(tmp_path, table)
    one, other = (row.network for row in ROWS)
    rows = [(one, one, 75.0), (one, other, 25.0), (other, one, 10.0), (other, other, 0.0)]
    pd.DataFrame(rows, columns=["actual", "predicted", "share"]).to_csv(tmp_path / "confusion.csv", index=False)
    write_site(small_sources(tmp_path, confusion=tmp_path / "confusion.csv"), tmp_path / "report")
    found = trees(tmp_path / "report")
    bars = [text.split() for text in found[f"networks/{one}.html"].texts["li"] if "%" in text]
    assert bars == [[one, "(itself)", "75.0", "%"], [other, "25.0", "%"], [other, "10.0", "%"]]
    bars = [text.split() for text in found[f"networks/{other}.html"].texts["li"] if "%" in text]
    assert bars == [[one, "10.0", "%"], [one, "25.0", "%"]], "shares of 0 are none"


def test_a_study_without_numbers_says_so(tmp_path, table):
    index = trees(make_report(tmp_path, table))["index.html"]
    text = "".join(index.texts["main"])
    assert "2 super-resolution networks (1 trained for it, 1 published by others) super-resolved 2 photos" in text
    assert "no experiment and no measurement" in text and "nothing here that an interval would decide" in text


@pytest.mark.parametrize("name", ["patches.h5", "photos.h5", "tables/datasets.csv", "figures/tsne_custom.png"])
def test_a_damaged_input_is_named_and_the_earlier_report_stays(tmp_path, table, name):
    report = make_report(tmp_path, table)
    before = (report / "index.html").read_bytes()
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:20])
    with pytest.raises(InputError, match=name.rpartition("/")[2]):
        write_site(small_sources(tmp_path), report)
    assert (report / "index.html").read_bytes() == before


# ---- Plots ----


def number(value, low, high, against=nan, paper=nan, unit="%"):
    return KeyNumber("x", "y", value, low, high, against, "chance", "", "t", unit=unit, paper=paper)


@given(st.floats(-1e4, 1e4), st.just(0.0) | st.floats(0.01, 1e4))
def test_ticks_are_few_round_and_around_what_is_shown(least, span):
    marks = ticks(least, least + span)
    assert 2 <= len(marks) <= 6
    step = marks[1] - marks[0]
    assert np.allclose(np.diff(marks), step, rtol=1e-6)
    assert marks[0] <= least + 1e-6 * step and marks[-1] >= least + span - 1e-6 * step


def test_numbers_of_one_unit_are_in_order_on_one_axis():
    some = [number(48.2, 27.2, 69.3, 0, 10.2, "points"), number(-15.4, -33.6, 2.9, 0, -32.4, "points")]
    axis = axes(some)["points"]
    first, second = (plot(one, axis) for one in some)
    places = [second.ends[0], second.paper, second.value, second.against, second.ends[1], first.paper, *first.ends]
    assert places == sorted(set(places))
    assert first.against == second.against and second.ends[0] > 0 and first.ends[1] < WIDTH
    assert axes([number(3, 1, 4)])["%"].ticks == [0, 25, 50, 75, 100]


def test_a_plot_says_the_same_in_words():
    assert in_words(number(70.04, 56.2, 80.9, 2.08, 98.6)) == (
        "70.0 %, 95 % interval 56.2 to 80.9; chance 2.1; paper 98.6"
    )
    assert in_words(number(5, nan, nan, unit="points")) == "+5.0 points"
    assert plot(number(5, nan, nan), axes([number(5, nan, nan)])["%"]).ends is None


def test_heat_maps_have_one_pixel_a_value_and_the_middle_is_neutral():
    values = np.array([[-9.0, 0.0, 9.0]])
    with Image.open(io.BytesIO(pictures.heat_map(values, 3.0, "RdBu_r"))) as picture:
        low, middle, high = np.asarray(picture)[0].astype(int)
    assert low[2] > low[0] and high[0] > high[2] and np.ptp(middle) < 10
    assert not isnan(values.sum()) and re.match(rb"\x89PNG", pictures.heat_map(values, 3.0, "RdBu_r"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Waifu2xCUNet 2X L1", ["Waifu2x", "CUNet ", "2X ", "L1"]),
        ("EDSR 2X ResNet GAN", ["EDSR ", "2X ", "ResNet ", "GAN"]),
        ("Real_ESRGAN_AnimeVideo-NA-x2", ["Real_", "ESRGAN_", "Anime", "Video-", "NA-", "x2"]),
        ("x", ["x"]),
    ],
)
def test_names_break_between_their_words(name, words):
    assert _words(name) == words and "".join(words) == name
