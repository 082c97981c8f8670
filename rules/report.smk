"""From all tables and figures to the findings in words, and the report."""

from sr_fingerprints.runtime.provenance import version_of_run


rule write_findings:
    """Opening of the report: each finding of the paper, with the numbers and intervals of this study."""
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
        left_out=LEFT_OUT,
        code=digest("write_findings"),
    script:
        "../scripts/write_findings.py"


rule write_report:
    """One HTML file with the findings, and every table and figure with its caption."""
    input:
        findings="<results>/findings.rst",
        shown=[f"<results>/{item}.{'csv' if item.startswith('tables') else 'png'}" for item in ITEMS],
        captions=[str(ROOT / f"report/{item}.rst") for item in ITEMS],
        template=str(ROOT / "report/page.html"),
        predictions=prediction_files(*PREDICTED),
    output:
        report="<results>/report.html",
    log:
        "<logs>/report.log",
    conda:
        "../envs/analysis.yaml"
    params:
        study=STUDY["name"],
        version=version_of_run(ROOT),
        in_the_paper=[PAPER_ITEMS[item] for item in ITEMS],
        rules=[item.replace("tables/", "tabulate_").replace("figures/", "plot_") for item in ITEMS],
        code=digest("write_report"),
    script:
        "../scripts/write_report.py"
