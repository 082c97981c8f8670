"""From networks and photos to images of the same weights by other paths, and whether the path is recognised."""

OF_ORIGIN = {"custom": CUSTOM_ATTRIBUTION, "published": PUBLISHED_ATTRIBUTION}
ASKED = OF_ORIGIN[PIPELINE_NETWORKS[0].origin] if COMPARED_PIPELINES else []  # about images by every pipeline
PIPELINE_SCALES = sorted({row.scale for row in PIPELINE_NETWORKS})
PATHS = [{key: value for key, value in vars(row).items() if value is not None} for row in PIPELINES]


rule apply_pipelines:
    """Super-resolve some photos with some networks by every pipeline, and compare the images."""
    input:
        photos=[f"<results>/photos-x{scale}.h5" for scale in PIPELINE_SCALES],
        weights=[network_files(row) for row in PIPELINE_NETWORKS],
        checked=[checked_dataset_file(row) for row in PIPELINE_NETWORKS],
    output:
        images=directory("<results>/pipelines/images"),
        applied="<results>/pipelines/applied.csv",
        differences="<results>/pipelines/differences.csv",
    log:
        "<logs>/pipelines/images.log",
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(int(1_000 * config["generate"]["memory"]) + 2_000),
        runtime=runtime_minutes(lambda wildcards: len(PIPELINES) * sum(map(generation_seconds, PIPELINE_NETWORKS))),
    params:
        paths=PATHS,
        rows=[row.for_images().as_dict() for row in PIPELINE_NETWORKS],
        scales=PIPELINE_SCALES,
        weights=[len(network_files(row)) for row in PIPELINE_NETWORKS],
        settings=config["generate"],
        images=config["pipelines"]["images"],
        seed=config["seed"],
        code=digest(
            "apply_pipelines",
            *sorted({module for row in PIPELINE_NETWORKS for module in modules_loaded_by_name(row)}),
        ),
    script:
        "../scripts/apply_pipelines.py"


rule train_on_pipelines:
    """Train on the images of each pipeline, and test on those of all; and train on which pipeline made an image."""
    input:
        images="<results>/pipelines/images",
        applied="<results>/pipelines/applied.csv",
        classifiers=[f"<results>/classifiers/{name}-s{EXPERIMENTS[name].seeds[0]}.safetensors" for name in ASKED],
    output:
        classifiers=directory("<results>/pipelines/classifiers"),
        predictions=directory("<results>/pipelines/predictions"),
    log:
        "<logs>/pipelines/classifiers.log",
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(8_000),
        runtime=runtime_minutes(lambda wildcards: (len(PIPELINES) + 1) * training_seconds("pipelines")),
    params:
        networks=[row.network for row in PIPELINE_NETWORKS],
        names=ASKED,
        settings=config["classifiers"] | config["pipelines"]["classifier"],
        seeds=config["pipelines"]["seeds"],
        checkpoints=f"{RESULTS}/checkpoints/pipelines",
        code=digest("train_on_pipelines"),
    script:
        "../scripts/train_on_pipelines.py"


rule tabulate_pipelines:
    """Is the network recognised, or the pipeline: trained by one, tested by another, with the pixels that differ."""
    input:
        applied="<results>/pipelines/applied.csv",
        differences="<results>/pipelines/differences.csv",
        predictions="<results>/pipelines/predictions",
    output:
        csv=report_item("<results>/tables/pipelines.csv"),
        tex="<results>/tables/pipelines.tex",
    log:
        "<logs>/tables/pipelines.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tabulate_pipelines"),
    script:
        "../scripts/tabulate_pipelines.py"


rule plot_pipelines:
    """Accuracy by training and test pipeline, and how well pipelines are told apart."""
    input:
        table="<results>/tables/pipelines.csv",
    output:
        png=report_item("<results>/figures/pipelines.png"),
        pdf="<results>/figures/pipelines.pdf",
    log:
        "<logs>/figures/pipelines.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("plot_pipelines"),
    script:
        "../scripts/plot_pipelines.py"
