"""The report and the tables are safe to open, whatever stands in a configuration: tried with texts that are code."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pandas as pd
import pytest
from docutils.core import publish_parts
from jinja2 import Environment
from smoke_study import ROOT

from sr_fingerprints.report.findings.wording import plain
from sr_fingerprints.report.page import sanitize_report
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
        self.elements.append(tag)
        self.addresses += [value for key, value in attributes if key in ("src", "href") or key.startswith("on")]

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_in_the_findings_is_nothing_but_text(tmp_path, monkeypatch, text):
    """They pass through Jinja and docutils, as Snakemake does it: templates, directives, roles and links are none."""
    monkeypatch.chdir(tmp_path)
    rendered = Environment().from_string(f"Study **{plain(text)}**: 4 networks\n").render()
    page = Page(publish_parts(rendered, writer="html")["html_body"])
    assert set(page.elements) == {"div", "p", "strong"} and not page.addresses
    assert page.text.strip() == f"Study {' '.join(text.split())}: 4 networks"
    assert not list(tmp_path.iterdir())


def test_as_a_template_such_a_text_would_have_been_executed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Environment().from_string(next(text for text in TEXTS if text.startswith("{{"))).render()
    assert (tmp_path / "HACKED").exists()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Snakemake's report of a rule whose params, labels and output are hostile."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "Snakefile").write_text(
        f"rule only:\n    output: report('a <img onerror=hacked()>.csv', labels={{'name': {SCRIPT!r}}})\n"
        f"    params: x={SCRIPT!r}, config={dict.fromkeys(TEXTS)!r}\n    script: 'only.py'\n"
    )
    (folder / "only.py").write_text("open(snakemake.output[0], 'w').write('a\\n1\\n')\n")
    for arguments in (["--cores", "1"], ["--report", "report.html"]):
        line = [sys.executable, "-m", "snakemake", "--snakefile", "Snakefile", *arguments]
        subprocess.run(line, cwd=folder, check=True, capture_output=True)
    return (folder / "report.html").read_text()


def test_nothing_in_the_data_of_a_report_is_html(report):
    before, after = Page(report), Page(safe := sanitize_report(report))
    assert "img" in before.elements and "hacked()" in before.addresses  # so it would have been executed
    assert not after.addresses and "img" not in after.elements
    assert set(after.elements) == {"html", "head", "meta", "title", "script", "style", "body", "div", "p"}
    (data,) = re.findall(r'<script id="results">\n    var results = (.*);\n', safe)
    (entry,) = json.loads(data).values()
    assert entry["labels"] == {"name": SCRIPT} and SCRIPT in entry["job_properties"]["params"]


def test_a_report_runs_no_script_but_snakemakes_and_fetches_nothing(report):
    safe = sanitize_report(report)
    (policy,) = re.findall(r'<head>\s*<meta http-equiv="Content-Security-Policy" content="([^"]*)">', safe)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'" and "connect-src" not in rules
    assert rules["img-src"] == rules["frame-src"] == "data:"
    allowed = rules["script-src"].split()
    assert "'unsafe-inline'" not in allowed and "http" not in policy
    assert len(allowed) == 1 + Page(safe).elements.count("script")


def test_another_kind_of_report_is_refused(report):
    other = report.replace("    var rules = ", "    let rules = ")
    with pytest.raises(
        InputError, match="report of Snakemake: 0 scripts 'rules' with one line for rules; right would"
    ):
        sanitize_report(other)


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
