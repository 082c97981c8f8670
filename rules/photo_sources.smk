"""From super-resolved images to classifiers of one source of photos each, tested on photos of every source."""


rule train_on_photo_sources:
    """Train on photos of each group, and on all mixed, with equally many images; test on photos of each."""
    input:
        images=[f"<results>/sr/{row.network}.h5" for row in SOURCE_NETWORKS],
    output:
        classifiers=directory("<results>/photo_sources/classifiers"),
        predictions=directory("<results>/photo_sources/predictions"),
        chosen="<results>/photo_sources/photos.csv",
    log:
        "<logs>/photo_sources/classifiers.log",
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(8_000),
        runtime=runtime_minutes(lambda wildcards: (len(PHOTO_GROUPS) + 1) * training_seconds("photo_sources")),
    params:
        networks=[row.network for row in SOURCE_NETWORKS],
        groups=PHOTO_GROUPS,
        most=config["photo_sources"]["images"],
        settings=config["classifiers"] | config["photo_sources"]["classifier"],
        seeds=config["photo_sources"]["seeds"],
        checkpoints=f"{RESULTS}/checkpoints/photo_sources",
        code=digest("train_on_photo_sources"),
    script:
        "../scripts/train_on_photo_sources.py"


rule tabulate_photo_sources:
    """Accuracy on photos of one source after training on another's, beside training on all mixed."""
    input:
        predictions="<results>/photo_sources/predictions",
        chosen="<results>/photo_sources/photos.csv",
    output:
        csv=report_item("<results>/tables/photo_sources.csv"),
        tex="<results>/tables/photo_sources.tex",
    log:
        "<logs>/tables/photo_sources.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tabulate_photo_sources"),
    script:
        "../scripts/tabulate_photo_sources.py"


rule plot_photo_sources:
    """Accuracy by the source of the training photos and of the test photos."""
    input:
        table="<results>/tables/photo_sources.csv",
    output:
        png=report_item("<results>/figures/photo_sources.png"),
        pdf="<results>/figures/photo_sources.pdf",
    log:
        "<logs>/figures/photo_sources.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("plot_photo_sources"),
    script:
        "../scripts/plot_photo_sources.py"
