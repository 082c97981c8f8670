"""The report: every table and figure under its caption, in one file."""


rule write_report:
    """Have Snakemake put the tables and figures into one HTML file, once they are all there."""
    input:
        tables=expand("<results>/tables/{table}.csv", table=TABLES),
        figures=expand("<results>/figures/{figure}.png", figure=FIGURES),
        captions=sorted(map(str, ROOT.glob("report/*.rst"))),
    output:
        report="<results>/report.html",
    log:
        "<logs>/report.log",
    conda:
        "../envs/analysis.yaml"
    params:
        snakefile=str(ROOT / "Snakefile"),
        config=config,
    script:
        "../scripts/write_report.py"
