"""Tables 6 and 8: from photos, and measured quality, to tables as CSV and LaTeX."""


rule tabulate_datasets:
    """Table 6: the study's photos, and the data sets that networks are trained on."""
    input:
        photos="<results>/photos.h5",
        datasets=[f"<results>/datasets/{name}.h5" for name in DATASETS],
        paper=of_workflow("resources/paper/datasets.csv"),
    output:
        csv=report_item("<results>/tables/datasets.csv"),
        tex="<results>/tables/datasets.tex",
    log:
        "<logs>/tables/datasets.log",
    conda:
        "../envs/images.yaml"
    threads: 4
    resources:
        mem_mb=memory_mb(2_000),
        runtime=runtime_minutes(0.5 * sum(map(len, [PHOTOS, *DATASETS.values()]))),
    params:
        names=list(DATASETS),
        stands_for=STANDS_FOR,
        code=digest("tabulate_datasets"),
    script:
        "../scripts/tabulate_datasets.py"


rule tabulate_quality:
    """Table 8: image quality of every network."""
    input:
        networks="<results>/networks.csv",
        quality=[f"<results>/quality/{origin}.csv" for origin in dict.fromkeys(row.origin for row in STUDIED)],
        paper=of_workflow("resources/paper/quality.csv"),
    output:
        csv=report_item("<results>/tables/quality.csv"),
        tex="<results>/tables/quality.tex",
    log:
        "<logs>/tables/quality.log",
    conda:
        "../envs/analysis.yaml"
    params:
        several_inputs=bool(config["generate"]["inputs"]),
        code=digest("tabulate_quality"),
    script:
        "../scripts/tabulate_quality.py"
