"""The tables and figures of the study, what each needs, and their counterparts in the paper. No rules."""

from sr_fingerprints.tables.values import SOURCES

STUDY = {
    "name": Path(RESULTS).name,
    "custom_networks": sum(row.origin == "custom" for row in STUDIED),
    "published_networks": GIVEN - OWN_NETWORKS,
    "own_networks": OWN_NETWORKS,
    "expected_quality": config["quality"]["expect"],
}
STANDS_FOR = {
    ours: theirs
    for ours, theirs in config["stands_for"].items()
    if ours in [*DATASETS, *{row.architecture for row in STUDIED if row.origin == "custom"}]
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
    **dict.fromkeys(BEYOND, "not in it"),
}
"""All tables and figures that a study can have, and the item of the paper that each corresponds to."""

NEEDS = {
    "tables/published_networks": (
        "attribution to published or own networks alone",
        [*PUBLISHED_ATTRIBUTION, *PUBLISHED_PRNU],
    ),
    "tables/backbones": ("attribution to custom and published networks together", experiments_of_kind("backbone")),
    "tables/accuracy_by_hyperparameter": (
        "attribution to custom networks alone",
        [*CUSTOM_ATTRIBUTION, *CUSTOM_PRNU],
    ),
    "tables/seed_triplets": ("attribution to custom networks that differ in nothing but their seed", TRIPLETS),
    "tables/parsers": ("parsing of hyperparameters", experiments_of_kind("parser")),
    "tables/controls": ("control", CONTROLS),
    "figures/overview": ("experiment", list(EXPERIMENTS)),
    "tables/prnu": ("attribution by PRNU to custom networks alone, or to published or own ones", PRNU_EXPERIMENTS),
    "tables/values": (
        "experiment whose accuracy the paper has too",
        [
            *[*CUSTOM_ATTRIBUTION, *CUSTOM_PRNU, *PUBLISHED_ATTRIBUTION, *PUBLISHED_PRNU],
            *[*experiments_of_kind("backbone"), *experiments_of_kind("parser")],
        ],
    ),
    "figures/tsne_custom": ("classifier of custom networks alone", CUSTOM_ATTRIBUTION),
    "figures/seed_triplets": ("attribution to custom networks that differ in nothing but their seed", TRIPLETS),
    "figures/tsne_published": (
        "classifier, of either origin alone, that is evaluated on several published or own networks",
        [*PUBLISHED_ATTRIBUTION, *NEVER_SAW],
    ),
    "figures/separation": (
        "classifier, of either origin alone, that is evaluated on several published or own networks",
        [*PUBLISHED_ATTRIBUTION, *NEVER_SAW],
    ),
    "figures/published_parsing": (
        "parser of custom networks, with nothing withheld, that is evaluated on published or own ones",
        experiments.parsers_of_published(EXPERIMENTS),
    ),
    **BEYOND,
}
"""What a table or figure is about, and the experiments of the study that it has. A study with none is without it."""

ITEMS = [item for item in PAPER_ITEMS if item not in NEEDS or NEEDS[item][1]]
TABLES = [Path(item).name for item in ITEMS if item.startswith("tables/")]
FIGURES = [Path(item).name for item in ITEMS if item.startswith("figures/")]
LEFT_OUT = {
    "items": {item: what for item, (what, names) in NEEDS.items() if not names},
    "experiments": [
        name
        for name in EXPERIMENTS
        if not any(name in names for item, (_, names) in NEEDS.items() if item != "figures/overview")
    ],
    **UNAVAILABLE,
}
"""Tables and figures that the study is without, with what they are about; experiments that are in none; networks that
cannot be had on this machine, and why."""

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


def patterns(files):
    """Regular expression of the log or benchmark of each rule, by its name; without functions, that others may have."""
    return {name: file.regex().pattern for name, some in files for file in some if isinstance(file, str)}
