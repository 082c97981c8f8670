"""A report of one table and one figure."""

from pathlib import Path

import pandas as pd
from PIL import Image
from smoke_study import ROOT

from sr_fingerprints.report.items import Item, write_report

FINDINGS = """Which network?
==============

Study **x**.

Attribution
-----------

* 70.6 |pm| 0.9

.. |pm| unicode:: U+00B1
"""


def make_report(
    folder: Path,
    table: pd.DataFrame,
    study: str = "smoke",
    version: str = "commit abc",
    in_the_paper: str = "Table 8",
    rule: str = "tabulate_quality",
) -> str:
    """The HTML of a report that is made in ``folder``, of a table under the caption of the table of quality."""
    files = [folder / "tables/quality.csv", folder / "figures/tsne_custom.png"]
    for file in files:
        file.parent.mkdir(exist_ok=True)
    table.to_csv(files[0], index=False)
    Image.new("RGB", (4, 3), "red").save(files[1])
    (folder / "findings.rst").write_text(FINDINGS)
    items = [
        Item(files[0], ROOT / "report/tables/quality.rst", in_the_paper, rule),
        Item(files[1], ROOT / "report/figures/tsne_custom.rst", "Figure 3", "plot_tsne_custom"),
    ]
    write_report(
        items,
        findings=folder / "findings.rst",
        template=ROOT / "report/page.html",
        predictions=[],
        study=study,
        version=version,
        output=folder / "report.html",
    )
    return (folder / "report.html").read_text()
