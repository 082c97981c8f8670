"""Tables, as CSV at full precision and as LaTeX: each its own rule, from predictions and measurements alone."""


rule tabulate_published_networks:
    """Table 1: the published networks, and how often each is recognised."""
    input:
        networks="<results>/networks.csv",
        classifiers=predictions("published_attribution"),
        prnu=predictions(*prnu_in_the_tables("published")),
    output:
        csv=shown("<results>/tables/published_networks.csv", "Table 1"),
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
        classifiers=predictions(*of_kind("backbone")),
    output:
        csv=shown("<results>/tables/backbones.csv", "Table 2"),
        tex="<results>/tables/backbones.tex",
    log:
        "<logs>/tables/backbones.log",
    conda:
        "../envs/analysis.yaml"
    params:
        names=experiment_of_each(*of_kind("backbone")),
        code=digest("tabulate_backbones"),
    script:
        "../scripts/tabulate_backbones.py"


rule tabulate_accuracy_by_hyperparameter:
    """Table 3: accuracy of custom attribution by value of each hyperparameter."""
    input:
        networks="<results>/networks.csv",
        classifiers=predictions("custom_attribution"),
        prnu=predictions(*prnu_in_the_tables("custom")),
    output:
        csv=shown("<results>/tables/accuracy_by_hyperparameter.csv", "Table 3"),
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
    """Table 4: networks that differ by their seed alone, told apart by the classifier and by PRNU."""
    input:
        networks="<results>/networks.csv",
        classifiers=predictions("custom_attribution"),
        prnu=predictions(*prnu_in_the_tables("custom")),
    output:
        csv=shown("<results>/tables/seed_triplets.csv", "Table 4"),
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
    """Table 5: hyperparameters parsed from networks with a value that was withheld."""
    input:
        networks="<results>/networks.csv",
        classifiers=predictions(*of_kind("parser")),
    output:
        csv=shown("<results>/tables/parsers.csv", "Table 5"),
        tex="<results>/tables/parsers.tex",
    log:
        "<logs>/tables/parsers.log",
    conda:
        "../envs/analysis.yaml"
    params:
        names=experiment_of_each(*of_kind("parser")),
        experiments=config["experiments"],
        code=digest("tabulate_parsers"),
    script:
        "../scripts/tabulate_parsers.py"


rule tabulate_datasets:
    """Table 6: the photos that are attributed, and those that networks are trained on."""
    input:
        photos="<results>/photos.h5",
        datasets=[f"<results>/datasets/{name}.h5" for name in DATASETS],
        paper=str(ROOT / "resources/paper/datasets.csv"),
    output:
        csv=shown("<results>/tables/datasets.csv", "Table 6"),
        tex="<results>/tables/datasets.tex",
    log:
        "<logs>/tables/datasets.log",
    conda:
        "../envs/images.yaml"
    threads: 4
    resources:
        mem_mb=growing(2_000),
        runtime=lasting(0.5 * sum(map(len, [PHOTOS, *DATASETS.values()]))),
    params:
        names=list(DATASETS),
        stands_for=STANDS_FOR,
        code=digest("tabulate_datasets"),
    script:
        "../scripts/tabulate_datasets.py"


rule tabulate_quality:
    """Table 8: quality of every network's images."""
    input:
        networks="<results>/networks.csv",
        quality=[f"<results>/quality/{origin}.csv" for origin in dict.fromkeys(row["origin"] for row in STUDIED)],
        paper=str(ROOT / "resources/paper/quality.csv"),
    output:
        csv=shown("<results>/tables/quality.csv", "Table 8"),
        tex="<results>/tables/quality.tex",
    log:
        "<logs>/tables/quality.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tabulate_quality"),
    script:
        "../scripts/tabulate_quality.py"
