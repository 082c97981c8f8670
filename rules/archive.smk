"""From a study's results to one file for an archive such as Zenodo or WorkflowHub. Not in `all`."""

from importlib.metadata import version as version_of_package

from sr_fingerprints.report.archive.sources import described_photos, described_rules

NUMBERS_OF = ["separation", "published_parsing", "confusion"]  # figures with the numbers behind them


rule archive_results:
    """An RO-Crate of the study: tables, figures, findings, report, configuration, workflow, and how it was made."""
    input:
        report="<results>/report",
        shown=SHOWN,
        beside=[f"<results>/{item}.{'tex' if item.startswith('tables') else 'pdf'}" for item in ITEMS],
        more=[
            "<results>/findings.rst",
            "<results>/networks.csv",
            *["<results>/tables/computed_values.tex" for table in TABLES if table == "values"],
            *[f"<results>/figures/{figure}.csv" for figure in FIGURES if figure in NUMBERS_OF],
        ],
        captions=CAPTIONS,
        photos="<results>/photos.h5",
        patches="<results>/patches.h5",
        predictions=prediction_files(*PREDICTED),
    output:
        crate=f"<results>/archive/{STUDY['name']}.crate.zip",
    log:
        "<logs>/archive.log",
    localrule: True
    conda:
        "../envs/analysis.yaml"
    params:
        **RAN,
        results=lambda _: RESULTS,
        in_the_paper=IN_THE_PAPER,
        rules=MADE_BY,
        described_rules=lambda _: described_rules(workflow.rules, ROOT),
        networks=[row.as_dict() for row in STUDIED],
        photo_sets=lambda _: {
            name: described_photos(source) for name, source in [("photos", PHOTOS), *DATASETS.items()]
        },
        snakemake=lambda _: version_of_package("snakemake"),
        code=digest("archive_results"),
    script:
        "../scripts/archive_results.py"
