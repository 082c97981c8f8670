"""From all tables and figures to the findings in words, and the report."""


rule write_findings:
    """What the report opens with: each finding of the paper, with this study's numbers and intervals beside it."""
    input:
        tables=expand("<results>/tables/{table}.csv", table=FOR_FINDINGS),
        photos="<results>/photos.h5",
        introduction=str(ROOT / "report/introduction.rst"),
    output:
        findings="<results>/findings.rst",
    log:
        "<logs>/findings.log",
    conda:
        "../envs/analysis.yaml"
    params:
        tables=FOR_FINDINGS,
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
