"""The page of `sr-fingerprints serve` in a real browser: images in, answers and maps out."""

import pytest
import tiny_bundle
from chromium import opened_browser, skip_without_browser, violations
from PIL import Image
from served_page import served_page

skip_without_browser()


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page after two images and a file that is none, a phone wide, and what the browser complained of."""
    folder = tmp_path_factory.mktemp("images")
    for name in ("ihc", "chelsea"):
        Image.fromarray(tiny_bundle.made("smooth", name, 160)).save(folder / f"{name}.png")
    (folder / "odd.png").write_text("no image")
    with served_page() as (host, port), opened_browser() as browser:
        # axe-core is put into the page by the driver, which the page's own policy forbids
        opened = browser.new_page(viewport={"width": 360, "height": 800}, color_scheme="dark", bypass_csp=True)
        opened.complaints = []
        opened.on("console", lambda message: opened.complaints.append(message.text))
        opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.goto(f"http://{host}:{port}/")
        opened.set_input_files("#files", sorted(folder.iterdir()))
        opened.wait_for_selector("#answers > li:nth-child(3)", timeout=60_000)
        yield opened


def test_each_image_has_an_answer_the_newest_first(page):
    assert page.locator("#answers .name").all_inner_texts() == ["odd.png", "ihc.png", "chelsea.png"]
    headlines = page.locator("#answers h2").all_inner_texts()
    assert len(headlines) == 2 and all(headlines)
    assert page.locator("#answers tbody tr").count() >= 8
    assert "not a whole image" in page.locator("#answers .error").inner_text()
    page.locator("summary").first.click()
    assert page.locator("details[open] pre").inner_text().startswith("DECISION.")


def test_where_in_the_image_is_shown_when_asked_for(page):
    page.locator("button").first.click()
    page.wait_for_selector("img.map", timeout=60_000)
    page.wait_for_function("document.querySelector('img.map').naturalWidth > 500")


def test_it_is_accessible_and_fits_on_a_phone(page):
    assert not violations(page, {"resultTypes": ["violations"]})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    refused = [text for text in page.complaints if "422" in text]
    assert len(refused) == 1 and len(page.complaints) == 1  # of the file that is no image
