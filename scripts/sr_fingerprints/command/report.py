"""`sr-fingerprints report`: show a study's report in the browser."""

import argparse
import sys
import webbrowser
from pathlib import Path

from sr_fingerprints.report import PAGE
from sr_fingerprints.runtime.errors import InputError


def run(given: argparse.Namespace) -> bool:
    """Open it, and print its place. Raises `InputError` for a study without a report."""
    page = page_of(given.study)
    sys.stdout.write(f"{page}\n")
    if not given.no_browser and not webbrowser.open(page.resolve().as_uri()):
        raise InputError(f"{page}: no browser was found; open the file in one, or give --no-browser")
    return True


def page_of(study: Path) -> Path:
    """The report in a study's folder of results."""
    if (study / PAGE).is_file():
        return study / PAGE
    found = "no report in it yet" if study.is_dir() else "no such folder"
    raise InputError(f"{study}: found {found}; allowed: the results of a finished study, such as results/demo")
