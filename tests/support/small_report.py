"""A report of one table, one figure and two networks, on made-up images."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from smoke_study import ROOT

from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.files.patches import Patches, write_patches
from sr_fingerprints.report.items import Item
from sr_fingerprints.report.ran import Study
from sr_fingerprints.report.site.pages import write_site
from sr_fingerprints.report.site.sources import Sources
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table, write_network_table

FINDINGS = """Which network?
==============

Study **x**.

Attribution
-----------

* 70.6 |pm| 0.9

.. |pm| unicode:: U+00B1
"""

ROWS = (
    NetworkRow("EDSR-a-x2-L1-s1", "EDSR", "a", 2, "L1", 1, "custom", "trained"),
    NetworkRow("Net-NA-x2-GAN-NA-pretrained", "Net", scale=2, loss="GAN", origin="published", licence="MIT"),
)


def write_results(folder, table, networks=ROWS, photos=("p-0", "q-0"), name="datasets"):
    """What the report is made from: a table and a figure, findings, photos, patches and the table of networks."""
    for part in ("tables", "figures"):
        (folder / part).mkdir(exist_ok=True)
    table.to_csv(folder / f"tables/{name}.csv", index=False)
    (folder / f"tables/{name}.tex").write_text("tex")
    Image.new("RGB", (4, 3), "red").save(folder / "figures/tsne_custom.png")
    (folder / "figures/tsne_custom.pdf").write_bytes(b"%PDF")
    (folder / "findings.rst").write_text(FINDINGS)
    with ImageWriter(folder / "photos.h5", {}) as file:
        for number, photo in enumerate(photos):
            file.append(np.zeros((8, 8, 3), np.uint8), photo, photo, ("train", "test")[number % 2])
    write_network_table(network_table(networks), folder / "networks.csv")
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (len(networks) + 2, len(photos), 8, 8, 3), np.uint8)
    made = {row.network: {"precision": "float32", "tile": None, "weights": {"w.pth": "abc"}} for row in networks}
    corner = np.zeros((len(photos), 2), np.int64)
    names = [row.network for row in networks]
    write_patches(
        folder / "patches.h5", Patches(images[0], images[1:2], images[2:], names, [2], list(photos), corner, made)
    )


def small_sources(
    folder: Path,
    study: str = "smoke",
    commit: str = "commit abc",
    in_the_paper: str = "Table 6",
    rule: str = "tabulate_datasets",
    **changes,
):
    """Sources of a report of what `write_results` wrote in ``folder``; ``changes`` are of fields."""
    items = [
        Item(folder / "tables/datasets.csv", ROOT / "report/tables/datasets.rst", in_the_paper, rule),
        Item(
            folder / "figures/tsne_custom.png",
            ROOT / "report/figures/tsne_custom.rst",
            "Figure 3",
            "plot_tsne_custom",
        ),
    ]
    counts = {"name": study, "custom_networks": 1, "published_networks": 1, "own_networks": 0}
    benchmarks, logs = folder / "benchmarks", folder / "logs"
    ran = Study(
        study, {"photos": {"tile": 8}}, [Path("config.yaml")], Path(), "0.8.0", commit, benchmarks, {}, logs, {}
    )
    return Sources(
        **{
            "items": items,
            "findings": folder / "findings.rst",
            "templates": ROOT / "report/site",
            "predictions": [],
            "photos": folder / "photos.h5",
            "networks": folder / "networks.csv",
            "patches": folder / "patches.h5",
            "measured": None,
            "confusion": None,
            "pairs": None,
            "counts": counts | {"expected_quality": {}},
            "stands_for": {},
            "study": ran,
        }
        | changes
    )


def make_report(folder: Path, table: pd.DataFrame, **words: str) -> Path:
    """The folder of a report that is made in ``folder``, of a table under the caption of the table of data sets."""
    write_results(folder, table)
    write_site(small_sources(folder, **words), folder / "report")
    return folder / "report"
