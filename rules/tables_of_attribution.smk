"""Tables and figures of answers about single images, from those for images of test photos."""


rule tabulate_attribution:
    """How often an answer is given, how often it is right, and what photos are called."""
    input:
        answers="<results>/attribution/answers.csv",
    output:
        csv=report_item("<results>/tables/attribution.csv"),
        tex="<results>/tables/attribution.tex",
    log:
        "<logs>/tables/attribution.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tabulate_attribution"),
    script:
        "../scripts/tabulate_attribution.py"


rule tabulate_attribution_groups:
    """Groups of networks that are mistaken for each other, and the evidence for it."""
    input:
        answers="<results>/attribution/answers.csv",
        pairs="<results>/attribution/pairs.csv",
        groups="<results>/attribution/groups.csv",
    output:
        csv=report_item("<results>/tables/attribution_groups.csv"),
        tex="<results>/tables/attribution_groups.tex",
    log:
        "<logs>/tables/attribution_groups.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tabulate_attribution_groups"),
    script:
        "../scripts/tabulate_attribution_groups.py"


rule tabulate_attribution_sources:
    """How often the images of each source are recognised, by condition."""
    input:
        answers="<results>/attribution/answers.csv",
        sources="<results>/attribution/sources.csv",
        groups="<results>/attribution/groups.csv",
    output:
        csv=report_item("<results>/tables/attribution_sources.csv"),
        tex="<results>/tables/attribution_sources.tex",
    log:
        "<logs>/tables/attribution_sources.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tabulate_attribution_sources"),
    script:
        "../scripts/tabulate_attribution_sources.py"


rule tabulate_attribution_parsers:
    """How often scale, loss and family are read rightly from an image."""
    input:
        answers="<results>/attribution/answers.csv",
    output:
        csv=report_item("<results>/tables/attribution_parsers.csv"),
        tex="<results>/tables/attribution_parsers.tex",
    log:
        "<logs>/tables/attribution_parsers.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tabulate_attribution_parsers"),
    script:
        "../scripts/tabulate_attribution_parsers.py"


rule tabulate_attribution_own:
    """What networks of one's own reach in a bundle, and what they cost the others."""
    input:
        answers="<results>/attribution/answers.csv",
        sources="<results>/attribution/sources.csv",
        groups="<results>/attribution/groups.csv",
    output:
        csv=report_item("<results>/tables/attribution_own.csv"),
        tex="<results>/tables/attribution_own.tex",
    log:
        "<logs>/tables/attribution_own.log",
    conda:
        "../envs/analysis.yaml"
    params:
        added=ATTRIBUTED,
        code=digest("tabulate_attribution_own"),
    script:
        "../scripts/tabulate_attribution_own.py"
