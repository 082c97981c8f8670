"""A real browser, Debian's Chromium or Chrome; its tests are left out where there is none."""

import shutil
from contextlib import contextmanager

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def skip_without_browser():
    """Skip the module that calls this, unless there is a browser and what drives it, which fetches none here."""
    if CHROMIUM is None:
        pytest.skip("neither Chromium nor Chrome is installed", allow_module_level=True)
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")


@contextmanager
def opened_browser():
    """The browser, until the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def violations(page, options):
    """Names of the rules of axe-core that a page breaks, each with the first places, by these options of axe."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=options).response["violations"]
    return [(rule["id"], [node["html"][:200] for node in rule["nodes"]][:3]) for rule in found]
