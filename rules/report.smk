"""From all tables and figures to the findings in words, and the report."""

from sr_fingerprints.runtime.provenance import project_version, version_of_run

SHOWN = [f"<results>/{item}.{'csv' if item.startswith('tables') else 'png'}" for item in ITEMS]
CAPTIONS = [of_workflow(f"report/{item}.rst") for item in ITEMS]
IN_THE_PAPER = [PAPER_ITEMS[item] for item in ITEMS]
MADE_BY = [item.replace("tables/", "tabulate_").replace("figures/", "plot_") for item in ITEMS]

RAN = {
    "study": STUDY["name"],
    "configuration": config,
    "configuration_files": (
        []
        if workflow.modifier.skip_configfile
        else configuration_files.in_order(workflow.configfiles, ROOT / "config.yaml")
    ),
    "root": lambda _: str(ROOT),
    "version": lambda _: project_version(ROOT),
    "commit": version_of_run(ROOT),
    "folders": {key: config["pathvars"][key] for key in ("benchmarks", "logs")},
    "benchmarks": lambda _: patterns((rule.name, [rule.benchmark]) for rule in workflow.rules),
    "logs": lambda _: patterns((rule.name, rule.log) for rule in workflow.rules),
}
"""Params of what was run, and how; see `report.ran.Study`."""


rule write_findings:
    """Opening of the report: each finding of the paper, with the numbers and intervals of this study."""
    input:
        tables=expand("<results>/tables/{table}.csv", table=FOR_FINDINGS),
        photos="<results>/photos.h5",
        introduction=of_workflow("report/introduction.rst"),
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
    """A small static site: the first numbers, every table, figure and network, and how each file was made."""
    input:
        findings="<results>/findings.rst",
        shown=SHOWN,
        beside=[f"<results>/{item}.{'tex' if item.startswith('tables') else 'pdf'}" for item in ITEMS],
        captions=CAPTIONS,
        templates=[of_workflow(file.relative_to(ROOT)) for file in sorted(ROOT.glob("report/site/*"))],
        predictions=prediction_files(*PREDICTED),
        photos="<results>/photos.h5",
        networks="<results>/networks.csv",
        patches="<results>/patches.h5",
        measured=["<results>/fingerprints/measured.h5"] if "figures/network_spectra" in ITEMS else [],
        confusion=["<results>/figures/confusion.csv"] if "figures/confusion" in ITEMS else [],
        pairs=["<results>/attribution/pairs.csv"] if "tables/attribution_groups" in ITEMS else [],
    output:
        report=directory("<results>/report"),
    log:
        "<logs>/report.log",
    conda:
        "../envs/analysis.yaml"
    params:
        **RAN,
        counts=STUDY,
        stands_for=STANDS_FOR,
        in_the_paper=IN_THE_PAPER,
        rules=MADE_BY,
        code=digest("write_report"),
    script:
        "../scripts/write_report.py"


rule publish_results:
    """A folder for the repository: the report in Markdown, tables, figures and the configuration. Not in `all`."""
    input:
        report="<results>/report",
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
        **RAN,
        output=f"docs/results/{STUDY['name']}",
        in_the_paper=IN_THE_PAPER,
        rules=MADE_BY,
        code=digest("publish_results"),
    script:
        "../scripts/publish_results.py"
