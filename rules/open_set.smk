"""From classifiers and images of networks that they never saw to scores of the unknown, and how well these tell it."""


rule apply_to_unknown:
    """Apply classifiers to images of training photos, and those without some networks to all photos: in one job."""
    input:
        images=image_files(SHOWN_NETWORKS),
        classifiers=[f"<results>/classifiers/{SHOWN[name]}.safetensors" for name, _ in SPLITS_SHOWN],
    output:
        predictions=[shown_file(*pair) for pair in SPLITS_SHOWN],
    log:
        "<logs>/open_set/predictions.log",
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(6_000),
        runtime=runtime_minutes(
            sum(duration.apply_classifier(study(), EXPERIMENTS[name]) for name, _ in SPLITS_SHOWN)
        ),
    params:
        networks=SHOWN_NETWORKS.network.tolist(),
        shown=[networks_shown(*pair).network.tolist() for pair in SPLITS_SHOWN],
        splits=[split for _, split in SPLITS_SHOWN],
        most=[config["open_set"][f"{'training' if split == 'train' else 'test'}_images"] for _, split in SPLITS_SHOWN],
        code=digest("apply_to_unknown"),
    script:
        "../scripts/apply_to_unknown.py"


rule score_unknown:
    """Score every image of these by how unlike it is to those of all known networks."""
    input:
        networks="<results>/networks.csv",
        classifiers=[f"<results>/classifiers/{SHOWN[name]}.safetensors" for name in OPEN_SET],
        train=[shown_file(name, "train") for name in OPEN_SET],
        validation=[shown_file(name, "validation") for name in OPEN_SET],
        test=[shown_file(name, "test") for name in OPEN_SET],
    output:
        scores="<results>/open_set/scores.csv",
    log:
        "<logs>/open_set/scores.log",
    conda:
        "../envs/analysis.yaml"
    resources:
        mem_mb=memory_mb(8_000),
    params:
        names=OPEN_SET,
        experiments=config["experiments"],
        settings={key: config["open_set"][key] for key in ("neighbours", "components")} | {"seed": config["seed"]},
        code=digest("score_unknown"),
    script:
        "../scripts/score_unknown.py"


rule tabulate_open_set:
    """Are images of networks that a classifier never saw recognised as such, by each score?"""
    input:
        scores="<results>/open_set/scores.csv",
    output:
        csv=report_item("<results>/tables/open_set.csv"),
        tex="<results>/tables/open_set.tex",
    log:
        "<logs>/tables/open_set.log",
    conda:
        "../envs/analysis.yaml"
    params:
        classes={name: len(networks_shown(name, "train")) for name in OPEN_SET},
        code=digest("tabulate_open_set"),
    script:
        "../scripts/tabulate_open_set.py"


rule plot_open_set:
    """Areas under ROC curves of each score, and OSCR curves, by what is unknown."""
    input:
        table="<results>/tables/open_set.csv",
        scores="<results>/open_set/scores.csv",
    output:
        png=report_item("<results>/figures/open_set.png"),
        pdf="<results>/figures/open_set.pdf",
    log:
        "<logs>/figures/open_set.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("plot_open_set"),
    script:
        "../scripts/plot_open_set.py"


rule tabulate_unknown_networks:
    """Do images of unknown networks fall into groups, one for each network?"""
    input:
        networks="<results>/networks.csv",
        predictions=[shown_file(name, "test") for name in OPEN_SET],
    output:
        csv=report_item("<results>/tables/unknown_networks.csv"),
        tex="<results>/tables/unknown_networks.tex",
    log:
        "<logs>/tables/unknown_networks.log",
    conda:
        "../envs/analysis.yaml"
    resources:
        runtime=runtime_minutes(3_600),
    params:
        names=OPEN_SET,
        experiments=config["experiments"],
        most=config["open_set"]["most_clusters"],
        seed=config["seed"],
        code=digest("tabulate_unknown_networks"),
    script:
        "../scripts/tabulate_unknown_networks.py"
