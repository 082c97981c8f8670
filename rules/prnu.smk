"""PRNU baseline: from images to residuals and fingerprints of every network, and attribution to the nearest one."""


rule extract_residuals:
    """Sum one network's training residuals, for several kinds of fingerprints, and store those of the test photos."""
    input:
        images="<results>/sr/{network}.h5",
    output:
        residuals="<results>/prnu/{residuals}/{network}.h5",
    log:
        "<logs>/prnu/{residuals}/{network}.log",
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=memory_mb(2_000),
        runtime=runtime_minutes(
            lambda wildcards: 60 + duration.extract_residuals(study(), EXTRACTIONS[wildcards.residuals])
        ),
    params:
        extraction=lambda wildcards: EXTRACTIONS[wildcards.residuals],
        seed=config["seed"],
        code=digest("extract_residuals"),
    script:
        "../scripts/extract_residuals.py"


rule attribute_by_prnu:
    """Attribute the test photos of the networks of one experiment to the nearest fingerprint."""
    input:
        residuals=lambda wildcards: [
            f"<results>/prnu/{prnu.residuals_name(prnu_settings(wildcards.prnu))}/{name}.h5"
            for name in experiments.training_networks(EXPERIMENTS[wildcards.prnu], NETWORKS).network
        ],
    output:
        predictions="<results>/predictions/{prnu}.h5",
    log:
        "<logs>/predictions/{prnu}.log",
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=memory_mb(2_000),
        runtime=runtime_minutes(60),
    params:
        match=lambda wildcards: EXPERIMENTS[wildcards.prnu].method.removeprefix("prnu_"),
        settings=lambda wildcards: prnu_settings(wildcards.prnu),
        code=digest("attribute_by_prnu"),
    script:
        "../scripts/attribute_by_prnu.py"
