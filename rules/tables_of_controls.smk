"""Tables that the paper lacks: controls, PRNU by its settings, and the paper's numbers beside ours."""


rule tabulate_controls:
    """Controls that the paper lacks: shuffled labels, twins, and photos, real and interpolated."""
    input:
        networks="<results>/networks.csv",
        classifiers=prediction_files(*experiments_of_kind("control")),
        attribution=prediction_files(*CUSTOM_ATTRIBUTION, *PUBLISHED_ATTRIBUTION),
        twins=["<results>/twins.csv"] if len(TWINS) else [],
    output:
        csv=report_item("<results>/tables/controls.csv"),
        tex="<results>/tables/controls.tex",
    log:
        "<logs>/tables/controls.log",
    conda:
        "../envs/analysis.yaml"
    params:
        names=experiment_of_each(*experiments_of_kind("control")),
        attribution_names=experiment_of_each(*CUSTOM_ATTRIBUTION, *PUBLISHED_ATTRIBUTION),
        experiments=config["experiments"],
        code=digest("tabulate_controls"),
    script:
        "../scripts/tabulate_controls.py"


rule tabulate_prnu:
    """Beside Table 4: accuracy of PRNU by its settings, such as the arithmetic and the position of crops."""
    input:
        networks="<results>/networks.csv",
        predictions=prediction_files(*PRNU_EXPERIMENTS),
    output:
        csv=report_item("<results>/tables/prnu.csv"),
        tex="<results>/tables/prnu.tex",
    log:
        "<logs>/tables/prnu.log",
    conda:
        "../envs/analysis.yaml"
    params:
        names=PRNU_EXPERIMENTS,
        code=digest("tabulate_prnu"),
    script:
        "../scripts/tabulate_prnu.py"


rule tabulate_values:
    """Numbers of the paper's text and tables beside ours, and LaTeX macros under the paper's names."""
    input:
        paper=of_workflow("resources/paper/values.csv"),
        tables=expand("<results>/tables/{table}.csv", table=QUOTED),
    output:
        csv=report_item("<results>/tables/values.csv"),
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
