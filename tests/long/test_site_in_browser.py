"""The report in a real browser, as it opens from the file system: scripts, both themes, widths, accessibility.

It needs Chromium or Chrome and the package playwright, which fetches no browser here.
"""

import re
import shutil

import numpy as np
import pandas as pd
import pytest
from chromium import opened_browser, skip_without_browser, violations
from made_up_tables import tables
from small_report import ROWS, small_sources, write_results
from smoke_study import ROOT

from sr_fingerprints.files.hdf5 import create_hdf5, write_attributes
from sr_fingerprints.report.items import Item
from sr_fingerprints.report.site.pages import write_site

skip_without_browser()

WIDTHS = (360, 768, 1280, 1920)
RULES = {"light": {"resultTypes": ["violations"]}, "dark": {"runOnly": ["color-contrast"]}}
"""All rules of axe-core; of the dark theme those about colours, since nothing else differs."""

NAMES = [f"network-{number}-of-a-long-name" for number in range(60)]


def write_measured(path):
    random = np.random.default_rng(0)
    names = ["real", *(row.network for row in ROWS)]
    with create_hdf5(path) as file:
        for key, values in {"network": names, "photo": ["a"], "source": ["a"], "split": ["test"]}.items():
            file[key] = values
        file["luminance"] = random.uniform(1, 2, (len(names), 1, 8, 5)).astype(np.float32)
        for key in ("grid", "residual", "residual_power"):
            file[key] = np.zeros(1, np.float32)
        write_attributes(file, {})


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A report with findings, a long and wide table, a figure, spectra and confusions."""
    folder = tmp_path_factory.mktemp("site")
    random = np.random.default_rng(0)
    psnr = random.uniform(20, 1200, len(NAMES))
    psnr[7] = np.nan
    long = pd.DataFrame({"network": NAMES, "psnr": psnr})
    for column in range(20):
        long[f"a_column_with_a_long_name_{column}"] = "some text that is long enough"
    write_results(folder, long)
    sources = small_sources(folder)
    items = list(sources.items)
    for name, table in tables().items():
        table.to_csv(folder / f"tables/{name}.csv", index=False)
        (folder / f"tables/{name}.tex").write_text("tex")
        caption = ROOT / f"report/tables/{name}.rst"
        items.append(Item(folder / f"tables/{name}.csv", caption, "Table 3", f"tabulate_{name}"))
    second = folder / "figures/separation.png"
    for suffix in (".png", ".pdf"):
        shutil.copy((folder / "figures/tsne_custom").with_suffix(suffix), second.with_suffix(suffix))
    items.append(Item(second, ROOT / "report/figures/separation.rst", "Figure 6", "plot_separation"))
    write_measured(folder / "measured.h5")
    one, other = (row.network for row in ROWS)
    shares = pd.DataFrame([(one, one, 75.0), (one, other, 25.0)], columns=["actual", "predicted", "share"])
    shares.to_csv(folder / "confusion.csv", index=False)
    made = {"measured": folder / "measured.h5", "confusion": folder / "confusion.csv"}
    write_site(small_sources(folder, items=items, **made), folder / "report")
    return folder / "report"


@pytest.fixture(scope="module")
def browser():
    with opened_browser() as opened:
        yield opened


@pytest.fixture
def open_page(site, browser):
    """Open a page of the report; what it complains about fails the test."""
    complaints, contexts = [], []

    def opened(address, width=1280, **settings):
        context = browser.new_context(viewport={"width": width, "height": 800}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        file, _, anchor = address.partition("#")
        page.goto((site / file).as_uri() + (f"#{anchor}" if anchor else ""))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


LOADED = "[...document.images].every((image) => !image.src || image.loading === 'lazy' || image.naturalWidth)"
PAGES = ["index.html", "findings.html", "tables.html", "figures.html", "networks.html", "making.html"]
PAGES.append(f"networks/{ROWS[0].network}.html")


def test_every_page_opens_without_a_complaint_and_fits_any_width(open_page):
    page = open_page(PAGES[0])
    for name in PAGES:
        page.goto(page.url.rpartition("/report/")[0] + f"/report/{name}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        assert page.evaluate(LOADED), name


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_rule_of_accessibility_is_broken(open_page, theme):
    page = open_page(PAGES[0], color_scheme=theme)
    for name in PAGES if theme == "light" else ("index.html", "tables.html", PAGES[-1]):
        page.goto(page.url.rpartition("/report/")[0] + f"/report/{name}")
        told = violations(page, RULES[theme])
        assert not told, (name, told)
        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") == (theme == "dark")


def test_a_table_is_sorted_by_a_click_and_says_so(open_page):
    page = open_page("tables.html")
    head = page.locator("#datasets-table thead th").nth(1)
    shown = page.locator("#datasets-table tbody td:nth-child(2)")

    def numbers():
        return [float(text.replace(",", "")) if text else None for text in shown.all_inner_texts()]

    before = numbers()
    known = sorted(number for number in before if number is not None)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert numbers() == [*known[::-1], None]
    head.get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert numbers() == [*known, None], "what has no value is last either way"
    first = page.locator("#datasets-table thead th").first
    first.get_by_role("button").click()
    assert head.get_attribute("aria-sort") is None and first.get_attribute("aria-sort") == "ascending"
    assert numbers() == before, "network-2 is before network-10"


def test_a_table_is_filtered_by_words_and_says_how_many_are_left(open_page):
    page = open_page("tables.html")
    rows = page.locator("#datasets-table tbody tr:visible")
    box, count = page.locator("#datasets input"), page.locator("#datasets-count")
    assert rows.count() == 60
    box.fill("LONG network-4")
    assert count.inner_text() == "11 of 60 rows" and rows.count() == 11
    box.fill("")
    assert count.inner_text() == "60 rows" and rows.count() == 60


def test_the_list_of_tables_is_searched_and_leads_to_them(open_page):
    page = open_page("tables.html")
    links = page.locator("#contents li:visible")
    page.locator("input[data-list]").fill("trip")
    assert links.all_inner_texts() == ["Seed triplets"]
    links.get_by_role("link").click()
    assert page.url.endswith("tables.html#seed_triplets")


def test_the_theme_is_the_system_s_until_it_is_switched_and_is_remembered(open_page):
    page = open_page("index.html", color_scheme="dark")

    def is_dark():
        color = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", color))) < 300

    switch = page.locator("#theme")
    assert is_dark() and switch.get_attribute("aria-pressed") == "true"
    switch.click()
    assert not is_dark() and switch.get_attribute("aria-pressed") == "false"
    for _ in range(20):  # a reloaded page may be another process, which reads the storage before it is written
        page.reload()
        if not is_dark():
            break
    assert not is_dark()
    switch.click()
    page.emulate_media(color_scheme="light")
    assert is_dark()


def test_a_figure_is_enlarged_and_left_by_the_keyboard_alone(open_page):
    page = open_page("figures.html")
    dialog, title = page.get_by_role("dialog"), page.locator("#zoomed-title")
    link = page.locator("a.zoom").first
    link.focus()
    page.keyboard.press("Enter")
    assert dialog.is_visible() and title.inner_text() == "t-SNE custom"
    page.keyboard.press("ArrowRight")
    assert title.inner_text() == "Separation"
    page.keyboard.press("ArrowRight")
    assert title.inner_text() == "t-SNE custom", "after the last comes the first"
    assert not violations(page, RULES["light"])
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert page.evaluate("document.activeElement.classList.contains('zoom')")


def test_the_keyboard_comes_first_to_the_content(open_page):
    page = open_page("index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_without_scripts_all_is_there_but_what_needs_them(open_page):
    page = open_page("tables.html", java_script_enabled=False)
    assert page.locator("#datasets-table tbody tr").count() == 60
    assert not page.locator(".scripted").first.is_visible()


def test_pages_are_printed_without_what_is_of_no_use_on_paper(open_page):
    page = open_page("index.html", color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.locator("#theme").is_visible() and not page.locator("header nav").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".results li").count() == 5
