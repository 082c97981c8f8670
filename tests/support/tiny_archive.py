"""A made-up study of two networks and two photos, as its jobs would have left it, and an archive of it."""

import os
import shutil
from pathlib import Path

import pandas as pd
from small_report import ROWS, write_results
from smoke_study import ROOT

from sr_fingerprints.report.archive.crate import archive
from sr_fingerprints.report.archive.sources import Rule, Sources
from sr_fingerprints.report.items import Item
from sr_fingerprints.report.ran import Study

WEIGHTS = {
    "pth": {
        "sha256": "ab" * 32,
        "sources": [{"url": "https://host/w.pth"}, {"path": "/home/somebody/w.pth"}, {"package": "p", "member": "w"}],
    }
}
PHOTOGRAPHS = {
    "name": "some",
    "title": "Some photographs",
    "by": "Somebody",
    "page": "https://host/some",
    "licence": "none stated",
    "images": 2,
    "sources": [{"archive": "https://host/some.zip", "images": "*.png", "digest": "md5:cd"}],
}
BUNDLED = {"p": {"package": "scikit-image", "version": "1.0", "file": "skimage/data/p.png", "sha256": "ef" * 32}}
CONFIGURATION = {"photos": {"folder": None}, "networks": {"own": [{"weights": "/home/somebody/w.pth"}]}}

RULES = (
    Rule(
        "train_network",
        "Train one network.",
        "scripts/train_network.py",
        "envs/torch.yaml",
        ["results/x/networks/{network}.safetensors"],
    ),
    Rule(
        "tabulate_quality",
        "Tabulate.",
        "scripts/tabulate_quality.py",
        "envs/analysis.yaml",
        ["results/x/tables/quality.csv", "results/x/tables/quality.tex"],
    ),
    Rule("plot_attacks", "Of no job.", "scripts/plot_attacks.py", "envs/analysis.yaml", ["results/x/figures/no.png"]),
    Rule("write_report", "The pages.", "scripts/write_report.py", "envs/analysis.yaml", ["results/x/report"]),
)
LOG = "2026-11-27T01:{0:02}:05{1} INFO x: starts\n2026-11-27T01:{0:02}:45{1} INFO y: torch 2 on cpu, 1 thread(s)\n"
BENCHMARK = "s\th:m:s\tmax_rss\n40.5\t0:00:40\t{}\n"


def make_study(folder: Path, offset: str = "+0100") -> Sources:
    """Write the study into ``folder``, which has to be the working directory; times of logs have this offset."""
    results, root = Path("results/x"), folder / "workflow"
    results.mkdir(parents=True)
    table = pd.DataFrame({"network": [row.network for row in ROWS], "psnr_mean": [32.3, 9.9]})
    write_results(results, table, name="quality")
    for page in ("index.html", "networks/page one.html"):
        (results / "report" / page).parent.mkdir(parents=True, exist_ok=True)
        (results / "report" / page).write_text("<p>page</p>")
    for name in ("Snakefile", "config.yaml", "LICENSE", "CITATION.cff", "pyproject.toml", "envs/torch.yaml",
                 "envs/analysis.yaml", *(rule.script for rule in RULES)):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, root / name)
    for number, name in enumerate(("networks/EDSR-a-x2-L1-s1", "tables/quality", "report", "publication")):
        for kind, text in (("logs", LOG.format(number, offset)), ("benchmarks", BENCHMARK.format("-"))):
            file = Path(kind, f"{name}.{'log' if kind == 'logs' else 'tsv'}")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    Path("benchmarks/networks/EDSR-a-x2-L1-s1.tsv").write_text(BENCHMARK.format(700.25))
    patterns = {
        "train_network": r"networks/(?P<network>.+)\.",
        "tabulate_quality": r"tables/quality\.",
        "write_report": r"report\.",
        "publish_results": r"publication\.",
    }
    study = Study(
        "x", CONFIGURATION, [root / "config.yaml", folder / "mine.yaml"], root, "0.8.0", "commit abc",
        Path("benchmarks"), {rule: f"benchmarks/{pattern}tsv$" for rule, pattern in patterns.items()},
        Path("logs"), {rule: f"logs/{pattern}log$" for rule, pattern in patterns.items()},
    )  # fmt: skip
    return Sources(
        study=study,
        results=results,
        items=[
            Item(results / "tables/quality.csv", ROOT / "report/tables/quality.rst", "Table 8", "tabulate_quality"),
            Item(
                results / "figures/tsne_custom.png",
                ROOT / "report/figures/tsne_custom.rst",
                "Figure 3",
                "plot_tsne_custom",
            ),
        ],
        more=[results / "findings.rst", results / "networks.csv"],
        report=results / "report",
        photos=results / "photos.h5",
        patches=results / "patches.h5",
        predictions=[],
        rules=RULES,
        networks=[row.as_dict() | ({"files": WEIGHTS} if row.origin == "published" else {}) for row in ROWS],
        photo_sets={
            "photos": {"number": 2, "fetched": [PHOTOGRAPHS], "bundled": BUNDLED},
            "a": {"number": 3, "fetched": [], "bundled": {}},
        },
        snakemake="9.27.0",
    )


def make_archive(folder: Path, **changes) -> Path:
    """The archive of such a study, made in ``folder``."""
    os.chdir(folder)
    archive(make_study(folder, **changes), folder / "x.crate.zip")
    return folder / "x.crate.zip"
