"""What the study finds: its numbers beside the paper's, its controls, and the report of everything."""

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


rule write_report:
    """Have Snakemake put the tables and figures into one HTML file, once they are all there."""
    input:
        tables=expand("<results>/tables/{table}.csv", table=TABLES),
        figures=expand("<results>/figures/{figure}.png", figure=FIGURES),
        findings="<results>/findings.rst",
        captions=sorted(map(str, ROOT.glob("report/*/*.rst"))),
    output:
        report="<results>/report.html",
    log:
        "<logs>/report.log",
    conda:
        "../envs/analysis.yaml"
    params:
        snakefile=str(ROOT / "Snakefile"),
        config=config,
        code=digest("write_report"),
    script:
        "../scripts/write_report.py"
