"""Texts as Markdown: nothing in them becomes markup, and captions keep what they emphasise."""

from pathlib import Path

import pytest
from smoke_study import ROOT

from sr_fingerprints.report.markdown import code, escaped, rst_to_markdown, table
from sr_fingerprints.runtime.errors import InputError


def converted(folder, text, level=3):
    path = folder / "caption.rst"
    path.write_text(text)
    return rst_to_markdown(path, level)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("EDSR-natural-x4-VGG_GAN-s1", "EDSR-natural-x4-VGG_GAN-s1"),
        ("70.6 ± 0.9 [58.6, 80.3]", "70.6 ± 0.9 [58.6, 80.3]"),
        ("_a_ and *b* and **c**", r"\_a\_ and \*b\* and \*\*c\*\*"),
        ("[x](http://y) [x][y]", r"[x\](http://y) [x\][y]"),
        ("<script>x</script> &lt;", "&lt;script>x&lt;/script> &amp;lt;"),
        ("a|b `c` $d$ ~~e~~ f\\", r"a\|b \`c\` \$d\$ \~\~e\~\~ f" + "\\\\"),
        ("two\n  lines", "two lines"),
    ],
)
def test_text_stays_text(text, shown):
    assert escaped(text) == shown


def test_a_cell_cannot_end_its_row_or_column():
    lines = table(["a|b", "c"], [["x\n| y", "1"]], [False, True]).split("\n")
    assert lines == [r"| a\|b | c |", "| --- | ---: |", r"| x \| y | 1 |"]


def test_numbers_break_before_their_interval_only():
    assert table(["x"], [["70.6 ± 0.9 [58.6, 80.3]"]], [True]).endswith(
        "| 70.6\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}0.9 [58.6,\N{NO-BREAK SPACE}80.3] |"
    )


def test_code_with_backticks_is_fenced_by_more_of_them():
    assert code("a") == "`a`" and code("a`b``c") == "``` a`b``c ```"


def test_headings_paragraphs_lists_and_emphasis(tmp_path):
    text = "Title\n=====\n\nOne *two*\n**three** ``four``, 10\\ :sup:`5`.\n\nInner\n-----\n\n* a\n\n  * b\n* c\n"
    assert converted(tmp_path, text) == (
        "### Title\n\nOne *two* **three** `four`, 10<sup>5</sup>.\n\n#### Inner\n\n* a\n\n  * b\n* c"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"\+ 5 points", r"\+ 5 points"),
        ("+15.4 points", "+15.4 points"),
        (r"1990\. A year", r"1990\. A year"),
        (r"\# five", r"\# five"),
        (r"\- no list", r"\- no list"),
        (r"\> no quotation", r"\> no quotation"),
    ],
)
def test_a_paragraph_that_looks_like_a_list_is_none(tmp_path, text, shown):
    assert converted(tmp_path, text) == shown


@pytest.mark.parametrize(
    "text",
    [".. raw:: html\n\n   <b>x</b>\n", ".. include:: /etc/passwd\n", ".. image:: x.png\n", "`x <http://y>`_\n"],
)
def test_what_a_caption_may_not_have_is_refused(tmp_path, text):
    with pytest.raises(InputError, match=r"caption\.rst"):
        converted(tmp_path, text)


def test_every_caption_and_the_introduction_can_be_published():
    captions = [*ROOT.glob("report/*/*.rst"), ROOT / "report/introduction.rst"]
    assert len(captions) > 50
    for caption in captions:
        assert len(rst_to_markdown(Path(caption), 3)) > 100
