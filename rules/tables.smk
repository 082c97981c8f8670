"""Tables, as CSV at full precision and as LaTeX: each its own rule, from predictions and measurements alone."""


rule tabulate_accuracy_by_hyperparameter:
    """Table 3: accuracy of custom attribution by value of each hyperparameter."""
    input:
        networks="<results>/networks.csv",
        classifiers=predictions("custom_attribution", "custom"),
        prnu=prnu_predictions("custom"),
    output:
        csv=report(
            "<results>/tables/accuracy_by_hyperparameter.csv",
            caption="../report/accuracy_by_hyperparameter.rst",
            category="Tables",
            labels={"table": "accuracy by hyperparameter", "in the paper": "Table 3"},
        ),
        tex="<results>/tables/accuracy_by_hyperparameter.tex",
    log:
        "<logs>/tables/accuracy_by_hyperparameter.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tables", "predictions"),
    script:
        "../scripts/tabulate_accuracy_by_hyperparameter.py"


rule tabulate_seed_triplets:
    """Table 4: networks that differ by their seed alone, told apart by the classifier and by PRNU."""
    input:
        networks="<results>/networks.csv",
        classifiers=predictions("custom_attribution", "custom"),
        prnu=prnu_predictions("custom"),
    output:
        csv=report(
            "<results>/tables/seed_triplets.csv",
            caption="../report/seed_triplets.rst",
            category="Tables",
            labels={"table": "seed triplets", "in the paper": "Table 4"},
        ),
        tex="<results>/tables/seed_triplets.tex",
    log:
        "<logs>/tables/seed_triplets.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tables", "triplets", "predictions"),
    script:
        "../scripts/tabulate_seed_triplets.py"


rule tabulate_quality:
    """Table 7: quality of every network's images."""
    input:
        networks="<results>/networks.csv",
        quality=[f"<results>/quality/{name}.csv" for name in NETWORKS.network],
    output:
        csv=report(
            "<results>/tables/quality.csv",
            caption="../report/quality.rst",
            category="Tables",
            labels={"table": "quality of the networks", "in the paper": "Table 7"},
        ),
        tex="<results>/tables/quality.tex",
    log:
        "<logs>/tables/quality.log",
    conda:
        "../envs/analysis.yaml"
    params:
        names=list(NETWORKS.network),
        code=digest("tables"),
    script:
        "../scripts/tabulate_quality.py"


rule tabulate_published_networks:
    """Table 1: the published networks, and how often each is recognised."""
    input:
        networks="<results>/networks.csv",
        classifiers=predictions("published_attribution", "published"),
        prnu=prnu_predictions("published"),
    output:
        csv=report(
            "<results>/tables/published_networks.csv",
            caption="../report/published_networks.rst",
            category="Tables",
            labels={"table": "published networks", "in the paper": "Table 1"},
        ),
        tex="<results>/tables/published_networks.tex",
    log:
        "<logs>/tables/published_networks.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tables", "predictions"),
    script:
        "../scripts/tabulate_published_networks.py"
