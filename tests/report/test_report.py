"""The report and the tables are safe to open, whatever stands in a configuration: tried with texts that are code."""

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from docutils.core import publish_parts
from docutils.writers import html4css1
from jinja2 import Environment
from small_report import ROWS, make_report, small_sources, write_results
from smoke_study import ROOT

from sr_fingerprints.report.findings.wording import escape_rst
from sr_fingerprints.report.items import rst_to_html
from sr_fingerprints.report.site.pages import write_site
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.tables.values import tabulate_values
from sr_fingerprints.tables.writing import latex_table

SCRIPT = "</script><script>hacked()</script><img src=x onerror=hacked()><!--<script>"
TEXTS = [
    SCRIPT, ".. raw:: html\n\n   <script>hacked()</script>", ".. include:: /etc/passwd", ".. image:: http://x/y.png",
    "`click <javascript:hacked()>`_", "|x| :raw:`y`", "http://x/y.png", "[1]_ name_ **bold** *it* ``code``", "a\\",
    "{{ cycler.__init__.__globals__.os.system('touch HACKED') }}", "{% include '/etc/passwd' %}", "{# comment #}",
]  # fmt: skip


class Page(HTMLParser):
    """What a browser would find in a page: elements, and attributes with code or addresses."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.addresses, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements += [tag] if tag != "wbr" else []  # where a name may be broken
        self.addresses += [value for key, value in attributes if key in ("src", "href") or key.startswith("on")]

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_in_the_findings_is_nothing_but_text(tmp_path, monkeypatch, text):
    """They pass through docutils, in Snakemake's own report after Jinja: templates, directives and links are none."""
    monkeypatch.chdir(tmp_path)
    rendered = Environment().from_string(f"Study **{escape_rst(text)}**: 4 networks\n").render()
    (tmp_path / "findings.rst").write_text(rendered)
    snakemakes = publish_parts(rendered, writer=html4css1.Writer())["html_body"]
    for html, around in ((snakemakes, {"div"}), (rst_to_html(Path("findings.rst"), "")["body"], set())):
        page = Page(html)
        assert set(page.elements) == {"p", "strong"} | around and not page.addresses
        assert page.text.strip() == f"Study {' '.join(text.split())}: 4 networks"
    assert [path.name for path in tmp_path.iterdir()] == ["findings.rst"]


def test_as_a_template_such_a_text_would_have_been_executed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Environment().from_string(next(text for text in TEXTS if text.startswith("{{"))).render()
    assert (tmp_path / "HACKED").exists()


def pages_of(report):
    """The pages of a report by their names."""
    return {str(path.relative_to(report)): path.read_text() for path in sorted(report.rglob("*.html"))}


def test_a_text_of_a_study_is_nothing_but_text_in_the_report(tmp_path, monkeypatch):
    """In cells and headings of tables, and in the names of studies, versions and rules."""
    monkeypatch.chdir(tmp_path)
    assert {"script", "img"} <= set(Page(f"<td>{SCRIPT}</td>").elements)  # so it would have been executed
    table = pd.DataFrame({"text": TEXTS, SCRIPT: 1.5})
    hostile = pages_of(make_report(tmp_path, table, study=SCRIPT, commit=SCRIPT, in_the_paper=SCRIPT, rule=SCRIPT))
    tame = pages_of(make_report(tmp_path, pd.DataFrame({"text": ["x"] * len(TEXTS), "y": 1.5})))
    assert hostile.keys() == tame.keys()
    text = ""
    for name, html in hostile.items():
        page, harmless = Page(html), Page(tame[name])
        assert page.elements == harmless.elements and page.addresses == harmless.addresses, name
        text += page.text
    for one in [*TEXTS, "</script>"]:
        assert one in text
    assert not (tmp_path / "HACKED").exists()


def test_hostile_names_of_photos_and_networks_are_nothing_but_text_and_addresses_of_their_files(tmp_path):
    """Also those that mean something in an address."""
    name, photo = """a"'b <script>x<%2e ?#&.""", "<script>hacked()</script>"
    rows = [replace(ROWS[0], network=name), replace(ROWS[1], source="javascript:hacked()", licence=SCRIPT)]
    write_results(tmp_path, pd.DataFrame({"text": ["x"]}), networks=rows, photos=(photo, f"{photo}2"))
    write_site(small_sources(tmp_path), tmp_path / "report")
    pages = pages_of(tmp_path / "report")
    assert f"networks/{name}.html" in pages
    for file, html in pages.items():
        page = Page(html)
        assert page.elements.count("script") == 1 and not any(
            address.startswith(("javascript:", "data:")) for address in page.addresses
        )
        for address in page.addresses:
            if ":" not in address and not address.startswith("#"):
                target = (tmp_path / "report" / file).parent / unquote(address.partition("#")[0])
                assert target.is_file(), address
    assert photo in Page(pages[f"networks/{name}.html"]).text
    assert "javascript:hacked()" in Page(pages[f"networks/{rows[1].network}.html"]).text


def test_a_report_runs_one_script_of_its_own_and_fetches_nothing_but_pictures_beside_it(tmp_path):
    for name, html in pages_of(make_report(tmp_path, pd.DataFrame({"text": ["x"]}))).items():
        page = Page(html)
        assert not {"iframe", "object", "embed", "link", "base", "form"} & set(page.elements), name
        assert page.elements.count("script") == page.elements.count("style") == 1
        assert not [address for address in page.addresses if address.startswith(("http", "//", "/", "data:", "on"))]
        assert "url(" not in html and "@import" not in html and " style=" not in html
        (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
        allowed = dict(rule.strip().split(" ", 1) for rule in unescape(policy).split(";"))
        (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert allowed == {
            "default-src": "'none'",
            "script-src": f"'sha256-{digest}'",
            "style-src": "'unsafe-inline'",
            "img-src": "'self' file:",
            "base-uri": "'none'",
            "form-action": "'none'",
        }


@pytest.mark.parametrize(
    "text",
    [
        ".. raw:: html\n\n   <script>hacked()</script>",
        ".. include:: /etc/passwd",
        ".. csv-table:: x\n   :file: /etc/passwd",
        ".. role:: html(raw)\n   :format: html\n\n:html:`<script>hacked()</script>`",
    ],
)
def test_findings_with_html_or_files_of_their_own_are_refused(tmp_path, monkeypatch, text):
    """Also where the working directory has a configuration of docutils that allows it."""
    monkeypatch.chdir(tmp_path)
    Path("docutils.conf").write_text("[general]\nraw_enabled: yes\nfile_insertion_enabled: yes\n")
    assert "root:" in rst_allowing_all(text) or "<script>" in rst_allowing_all(text)
    Path("findings.rst").write_text(text)
    with pytest.raises(InputError, match=r"not reStructuredText: findings\.rst:\d+: .*(disabled|deactivated)"):
        rst_to_html(Path("findings.rst"), "x-")


def rst_allowing_all(text):
    """The text as docutils takes it by default."""
    return publish_parts(text, writer=html4css1.Writer())["html_body"]


def test_a_text_in_a_table_is_no_latex():
    text = r"\input{/etc/passwd}\write18{touch HACKED} $x$ 50% #1 a_b ~ ^^5c & \\"
    latex = latex_table(pd.DataFrame({"name": [text]}), "caption", "label", {"name": ("Name", "")})
    (cell,) = re.findall(r"\\midrule\n(.*) \\\\\n", latex)
    left = re.sub(r"\\text(backslash|asciitilde|asciicircum){}|\\[&%$#_{}]", "", cell)
    assert not set(left) & set(r"\&%$#_{}~^") and "input/etc/passwdwrite18touch HACKED x 50 1 ab" in left


def test_the_name_of_a_study_is_no_latex(tmp_path):
    files = [tmp_path / name for name in ("values.csv", "values.tex", "macros.tex")]
    tabulate_values(ROOT / "resources/paper/values.csv", {}, {}, r"\input{/etc/passwd}", *files)
    assert r"``\textbackslash{}input\{/etc/passwd\}''" in files[1].read_text()
