"""Figures of answers about single images."""


rule plot_attribution_coverage:
    """How right answers are, against the share of images for which one is given."""
    input:
        answers="<results>/attribution/answers.csv",
    output:
        png=report_item("<results>/figures/attribution_coverage.png"),
        pdf="<results>/figures/attribution_coverage.pdf",
    log:
        "<logs>/figures/attribution_coverage.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("plot_attribution_coverage"),
    script:
        "../scripts/plot_attribution_coverage.py"


rule plot_attribution_confusion:
    """What images of each group of sources are called."""
    input:
        answers="<results>/attribution/answers.csv",
        sources="<results>/attribution/sources.csv",
        groups="<results>/attribution/groups.csv",
    output:
        png=report_item("<results>/figures/attribution_confusion.png"),
        pdf="<results>/figures/attribution_confusion.pdf",
    log:
        "<logs>/figures/attribution_confusion.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("plot_attribution_confusion"),
    script:
        "../scripts/plot_attribution_confusion.py"
