"""Robustness: from test images, classifiers and PRNU fingerprints to their answers for degraded images, and tables."""

ANSWERS = [
    *(["<results>/degradations/classifiers.csv"] if ROBUST_CLASSIFIERS else []),
    *(["<results>/degradations/prnu.csv"] if ROBUST_PRNU else []),
]


rule classify_degraded:
    """Apply the first classifier of each experiment of the table to degraded test images."""
    input:
        images=image_files(images_of(ROBUST_CLASSIFIERS)),
        classifiers=[
            f"<results>/classifiers/{name}-s{EXPERIMENTS[name].seeds[0]}.safetensors" for name in ROBUST_CLASSIFIERS
        ],
        backbones=of_workflow("resources/backbones.tsv"),
    output:
        answers="<results>/degradations/classifiers.csv",
    log:
        "<logs>/degradations/classifiers.log",
    benchmark:
        "<benchmarks>/degradations/classifiers.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(6_000),
        runtime=runtime_minutes(lambda wildcards: duration.degrade(study(), len(images_of(ROBUST_CLASSIFIERS)))),
    params:
        images=images_of(ROBUST_CLASSIFIERS).network.tolist(),
        networks={name: images_of([name]).network.tolist() for name in ROBUST_CLASSIFIERS},
        degradations=DEGRADATIONS,
        most=config["robustness"]["images_per_network"],
        seed=config["seed"],
        code=digest("classify_degraded"),
    script:
        "../scripts/classify_degraded.py"


rule match_degraded:
    """Match the PRNU of degraded test images with the fingerprints of the networks."""
    input:
        images=image_files(images_of(ROBUST_PRNU)),
        residuals=[f"<results>/prnu/{file}.h5" for file in residuals_of(ROBUST_PRNU)],
    output:
        answers="<results>/degradations/prnu.csv",
    log:
        "<logs>/degradations/prnu.log",
    benchmark:
        "<benchmarks>/degradations/prnu.tsv"
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=memory_mb(4_000),
        runtime=runtime_minutes(lambda wildcards: duration.degrade(study(), len(images_of(ROBUST_PRNU)))),
    params:
        images=images_of(ROBUST_PRNU).network.tolist(),
        files=residuals_of(ROBUST_PRNU),
        experiments=matches_of(ROBUST_PRNU),
        degradations=DEGRADATIONS,
        most=config["robustness"]["images_per_network"],
        seed=config["seed"],
        code=digest("match_degraded"),
    script:
        "../scripts/match_degraded.py"


rule tabulate_robustness:
    """Accuracy after each degradation and over each tier, by method, scale and kind of loss."""
    input:
        networks="<results>/networks.csv",
        answers=ANSWERS,
    output:
        csv=report_item("<results>/tables/robustness.csv"),
        tex="<results>/tables/robustness.tex",
    log:
        "<logs>/tables/robustness.log",
    conda:
        "../envs/analysis.yaml"
    params:
        experiments=ROBUST_ROWS,
        degradations=DEGRADATIONS,
        code=digest("tabulate_robustness"),
    script:
        "../scripts/tabulate_robustness.py"


rule plot_robustness:
    """Accuracy against the strength of each kind of degradation, and after the others, by method."""
    input:
        table="<results>/tables/robustness.csv",
    output:
        png=report_item("<results>/figures/robustness.png"),
        pdf="<results>/figures/robustness.pdf",
    log:
        "<logs>/figures/robustness.log",
    conda:
        "../envs/analysis.yaml"
    params:
        degradations=DEGRADATIONS,
        code=digest("plot_robustness"),
    script:
        "../scripts/plot_robustness.py"


rule plot_robustness_by_network:
    """Accuracy after each degradation by scale and kind of loss, as a heat map."""
    input:
        table="<results>/tables/robustness.csv",
    output:
        png=report_item("<results>/figures/robustness_by_network.png"),
        pdf="<results>/figures/robustness_by_network.pdf",
    log:
        "<logs>/figures/robustness_by_network.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("plot_robustness_by_network"),
    script:
        "../scripts/plot_robustness_by_network.py"
