"""The PRNU baseline: noise residuals and fingerprints of every network, and attribution by the nearest fingerprint."""


rule extract_residuals:
    """Average one network's training residuals to its fingerprint, and keep the residuals of the test photos."""
    input:
        images="<results>/sr/{network}.h5",
    output:
        residuals="<results>/prnu/residuals/{network}.h5",
    log:
        "<logs>/prnu/residuals/{network}.log",
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=growing(2_000),
        runtime=lasting(lambda wildcards: 60 + duration.extract_residuals(study())),
    params:
        denoiser=config["prnu"]["denoiser"],
        sigma=config["prnu"]["sigma"],
        crop=config["prnu"]["crop"],
        code=digest("prnu", "storage"),
    script:
        "../scripts/extract_residuals.py"


rule attribute_by_prnu:
    """Attribute the test photos of the networks of one experiment to the nearest fingerprint."""
    input:
        residuals=lambda wildcards: [
            f"<results>/prnu/residuals/{name}.h5"
            for name in experiments.training_networks(EXPERIMENTS[wildcards.prnu], NETWORKS).network
        ],
    output:
        predictions="<results>/predictions/{prnu}.h5",
    log:
        "<logs>/predictions/{prnu}.log",
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=growing(2_000),
        runtime=lasting(60),
    params:
        match=lambda wildcards: EXPERIMENTS[wildcards.prnu].method.removeprefix("prnu_"),
        code=digest("prnu", "predictions"),
    script:
        "../scripts/attribute_by_prnu.py"
