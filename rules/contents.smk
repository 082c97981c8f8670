"""The tables and figures of the study, and their counterparts in the paper. No rules."""

from sr_fingerprints.tables.values import SOURCES

STUDY = {
    "name": Path(RESULTS).name,
    "custom_networks": sum(row.origin == "custom" for row in STUDIED),
    "published_networks": sum(row.origin == "published" for row in STUDIED),
    "expected_quality": config["quality"]["expect"],
}
STANDS_FOR = {
    ours: theirs
    for ours, theirs in config["stands_for"].items()
    if ours in [*DATASETS, *config["networks"]["architectures"]]
    or any(ours == {**config["classifiers"], **row.classifier}["backbone"] for row in EXPERIMENTS.values())
}
PAPER_ITEMS = {
    "tables/published_networks": "Table 1",
    "tables/backbones": "Table 2",
    "tables/accuracy_by_hyperparameter": "Table 3",
    "tables/seed_triplets": "Table 4",
    "tables/parsers": "Table 5",
    "tables/datasets": "Table 6",
    "tables/quality": "Table 8",
    "tables/controls": "not in it",
    "tables/prnu": "not in it",
    "tables/values": "all numbers",
    "figures/overview": "Figure 1",
    "figures/patches": "Figure 2",
    "figures/tsne_custom": "Figure 3",
    "figures/seed_triplets": "Table 4",
    "figures/tsne_published": "Figure 5",
    "figures/separation": "Figure 6",
    "figures/published_parsing": "Figure 7",
    "figures/quality": "Table 8",
}
"""All tables and figures that a study can have, and the item of the paper that each corresponds to."""

NEEDS = {
    "tables/backbones": experiments_of_kind("backbone"),
    "tables/parsers": experiments_of_kind("parser"),
    "tables/controls": experiments_of_kind("control"),
    "tables/prnu": experiments_of_kind("prnu"),
    "figures/published_parsing": experiments.parsers_of_published(EXPERIMENTS),
}
"""The experiments that a table or figure is about; a study without any does not have it."""

ITEMS = [item for item in PAPER_ITEMS if NEEDS.get(item, True)]
TABLES = [Path(item).name for item in ITEMS if item.startswith("tables/")]
FIGURES = [Path(item).name for item in ITEMS if item.startswith("figures/")]

QUOTED = [name for name in TABLES if name in SOURCES]  # tables with numbers that the paper's text quotes
FOR_FINDINGS = [name for name in TABLES if name != "datasets"]


def report_item(path):
    """Mark an output for Snakemake's report, with the caption of the same name."""
    kind, name = Path(path).parent.name, Path(path).stem
    return report(
        path,
        caption=f"../report/{kind}/{name}.rst",
        category=kind.capitalize(),
        labels={"name": name.replace("_", " "), "in the paper": PAPER_ITEMS[f"{kind}/{name}"]},
    )
