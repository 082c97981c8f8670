"""Progress of long loops in a job's log."""

import logging

import pytest

from sr_fingerprints.runtime import progress as module
from sr_fingerprints.runtime.progress import progress


@pytest.fixture
def at_every_item(monkeypatch, caplog):
    monkeypatch.setattr(module, "SECONDS_BETWEEN_RECORDS", 0.0)
    caplog.set_level(logging.INFO)
    return caplog


def test_items_pass_through_and_are_counted(at_every_item):
    assert list(progress("abc", "letters")) == ["a", "b", "c"]
    assert "letters: 2/3 (66 %)" in at_every_item.text


def test_items_without_a_length_need_a_total(at_every_item):
    assert list(progress(iter("abcd"), "letters", total=4)) == ["a", "b", "c", "d"]
    assert "letters: 3/4 (75 %)" in at_every_item.text
    with pytest.raises(TypeError, match="letters: give the total"):
        list(progress(iter("abcd"), "letters"))
