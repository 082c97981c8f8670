"""From all tables and figures to the findings in words, and the report."""

from sr_fingerprints.runtime.provenance import project_version, version_of_run

SHOWN = [f"<results>/{item}.{'csv' if item.startswith('tables') else 'png'}" for item in ITEMS]
CAPTIONS = [str(ROOT / f"report/{item}.rst") for item in ITEMS]
IN_THE_PAPER = [PAPER_ITEMS[item] for item in ITEMS]
MADE_BY = [item.replace("tables/", "tabulate_").replace("figures/", "plot_") for item in ITEMS]


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
        shown=SHOWN,
        captions=CAPTIONS,
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
        in_the_paper=IN_THE_PAPER,
        rules=MADE_BY,
        code=digest("write_report"),
    script:
        "../scripts/write_report.py"


rule publish_results:
    """A folder for the repository: the report in Markdown, tables, figures and the configuration. Not in `all`."""
    input:
        report="<results>/report.html",
        findings="<results>/findings.rst",
        photos="<results>/photos.h5",
        shown=SHOWN,
        captions=CAPTIONS,
        predictions=prediction_files(*PREDICTED),
    log:
        "<logs>/publication.log",
    localrule: True
    conda:
        "../envs/analysis.yaml"
    params:
        output=f"docs/results/{STUDY['name']}",
        study=STUDY["name"],
        configuration=config,
        configuration_files=(
            []
            if workflow.modifier.skip_configfile
            else configuration_files.in_order(workflow.configfiles, ROOT / "config.yaml")
        ),
        root=lambda _: str(ROOT),
        version=lambda _: project_version(ROOT),
        commit=version_of_run(ROOT),
        in_the_paper=IN_THE_PAPER,
        rules=MADE_BY,
        folders={key: config["pathvars"][key] for key in ("benchmarks", "logs")},
        benchmarks=lambda _: patterns((rule.name, [rule.benchmark]) for rule in workflow.rules),
        logs=lambda _: patterns((rule.name, rule.log) for rule in workflow.rules),
        code=digest("publish_results"),
    script:
        "../scripts/publish_results.py"
