"""Tables 1 to 5: from predictions to accuracies, as CSV at full precision and as LaTeX."""


rule tabulate_published_networks:
    """Table 1: the published networks, and the accuracy of attribution to each."""
    input:
        networks="<results>/networks.csv",
        classifiers=prediction_files(*PUBLISHED_ATTRIBUTION),
        prnu=prediction_files(*PUBLISHED_PRNU),
    output:
        csv=report_item("<results>/tables/published_networks.csv"),
        tex="<results>/tables/published_networks.tex",
    log:
        "<logs>/tables/published_networks.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tabulate_published_networks"),
    script:
        "../scripts/tabulate_published_networks.py"


rule tabulate_backbones:
    """Table 2: accuracy of attribution to all networks, by backbone."""
    input:
        networks="<results>/networks.csv",
        classifiers=prediction_files(*experiments_of_kind("backbone")),
    output:
        csv=report_item("<results>/tables/backbones.csv"),
        tex="<results>/tables/backbones.tex",
    log:
        "<logs>/tables/backbones.log",
    conda:
        "../envs/analysis.yaml"
    params:
        names=experiment_of_each(*experiments_of_kind("backbone")),
        code=digest("tabulate_backbones"),
    script:
        "../scripts/tabulate_backbones.py"


rule tabulate_accuracy_by_hyperparameter:
    """Table 3: accuracy of custom attribution by value of each hyperparameter."""
    input:
        networks="<results>/networks.csv",
        classifiers=prediction_files(*CUSTOM_ATTRIBUTION),
        prnu=prediction_files(*CUSTOM_PRNU),
    output:
        csv=report_item("<results>/tables/accuracy_by_hyperparameter.csv"),
        tex="<results>/tables/accuracy_by_hyperparameter.tex",
    log:
        "<logs>/tables/accuracy_by_hyperparameter.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tabulate_accuracy_by_hyperparameter"),
    script:
        "../scripts/tabulate_accuracy_by_hyperparameter.py"


rule tabulate_seed_triplets:
    """Table 4: networks that differ only by their seed, told apart by the classifier and by PRNU."""
    input:
        networks="<results>/networks.csv",
        classifiers=prediction_files(*CUSTOM_ATTRIBUTION),
        prnu=prediction_files(*CUSTOM_PRNU),
    output:
        csv=report_item("<results>/tables/seed_triplets.csv"),
        tex="<results>/tables/seed_triplets.tex",
    log:
        "<logs>/tables/seed_triplets.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tabulate_seed_triplets"),
    script:
        "../scripts/tabulate_seed_triplets.py"


rule tabulate_parsers:
    """Table 5: accuracy of parsing hyperparameters of networks with a withheld value."""
    input:
        networks="<results>/networks.csv",
        classifiers=prediction_files(*experiments_of_kind("parser")),
    output:
        csv=report_item("<results>/tables/parsers.csv"),
        tex="<results>/tables/parsers.tex",
    log:
        "<logs>/tables/parsers.log",
    conda:
        "../envs/analysis.yaml"
    params:
        names=experiment_of_each(*experiments_of_kind("parser")),
        experiments=config["experiments"],
        code=digest("tabulate_parsers"),
    script:
        "../scripts/tabulate_parsers.py"
