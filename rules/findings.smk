"""What the study finds: its numbers beside the paper's, its controls, and the report of everything."""

from sr_fingerprints.runtime.provenance import version_of_run

FOUND = [name for name in TABLES if name != "datasets"]


rule tabulate_values:
    """The numbers of the paper's text and tables, ours beside them, and LaTeX macros of the paper's names."""
    input:
        paper=str(ROOT / "resources/paper/values.csv"),
        tables=expand("<results>/tables/{table}.csv", table=QUOTED),
    output:
        csv=shown("<results>/tables/values.csv", "all numbers"),
        tex="<results>/tables/values.tex",
        macros="<results>/tables/computed_values.tex",
    log:
        "<logs>/tables/values.log",
    conda:
        "../envs/analysis.yaml"
    params:
        tables=QUOTED,
        stands_for=STANDS_FOR,
        study=Path(RESULTS).name,
        code=digest("tabulate_values"),
    script:
        "../scripts/tabulate_values.py"


rule tabulate_controls:
    """Controls that the paper lacks: shuffled labels, twins, and photos, real and interpolated."""
    input:
        networks="<results>/networks.csv",
        classifiers=predictions(*of_kind("control")),
        attribution=predictions("custom_attribution"),
        published=predictions("published_attribution"),
        twins=["<results>/twins.csv"] if len(TWINS) else [],
    output:
        csv=shown("<results>/tables/controls.csv", "not in it"),
        tex="<results>/tables/controls.tex",
    log:
        "<logs>/tables/controls.log",
    conda:
        "../envs/analysis.yaml"
    params:
        names=experiment_of_each(*of_kind("control")),
        experiments=config["experiments"],
        code=digest("tabulate_controls"),
    script:
        "../scripts/tabulate_controls.py"


rule write_findings:
    """What the report opens with: each finding of the paper, with this study's numbers and intervals beside it."""
    input:
        tables=expand("<results>/tables/{table}.csv", table=FOUND),
        photos="<results>/photos.h5",
        introduction=str(ROOT / "report/introduction.rst"),
    output:
        findings="<results>/findings.rst",
    log:
        "<logs>/findings.log",
    conda:
        "../envs/analysis.yaml"
    params:
        tables=FOUND,
        study=STUDY,
        code=digest("write_findings"),
    script:
        "../scripts/write_findings.py"


REPORTED = [("tables", name) for name in TABLES] + [("figures", name) for name in FIGURES]


rule write_report:
    """One HTML file with the findings, and every table and figure under its caption."""
    input:
        findings="<results>/findings.rst",
        shown=[f"<results>/{folder}/{name}.{'csv' if folder == 'tables' else 'png'}" for folder, name in REPORTED],
        captions=[str(ROOT / f"report/{folder}/{name}.rst") for folder, name in REPORTED],
        template=str(ROOT / "report/page.html"),
        predictions=predictions(*EXPERIMENTS),
    output:
        report="<results>/report.html",
    log:
        "<logs>/report.log",
    conda:
        "../envs/analysis.yaml"
    params:
        study=STUDY["name"],
        version=version_of_run(ROOT),
        in_the_paper=[IN_THE_PAPER[item] for item in REPORTED],
        rules=[f"{'tabulate' if folder == 'tables' else 'plot'}_{name}" for folder, name in REPORTED],
        code=digest("write_report"),
    script:
        "../scripts/write_report.py"
