"""The PRNU baseline: noise residuals and fingerprints of every network, and attribution by the nearest fingerprint."""


rule extract_residuals:
    """Add up one network's training residuals, for fingerprints of several kinds, and keep those of the test photos."""
    input:
        images="<results>/sr/{network}.h5",
    output:
        residuals="<results>/prnu/{residuals}/{network}.h5",
    log:
        "<logs>/prnu/{residuals}/{network}.log",
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=growing(2_000),
        runtime=lasting(lambda wildcards: 60 + duration.extract_residuals(study(), EXTRACTIONS[wildcards.residuals])),
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
        mem_mb=growing(2_000),
        runtime=lasting(60),
    params:
        match=lambda wildcards: EXPERIMENTS[wildcards.prnu].method.removeprefix("prnu_"),
        settings=lambda wildcards: prnu_settings(wildcards.prnu),
        code=digest("attribute_by_prnu"),
    script:
        "../scripts/attribute_by_prnu.py"


rule tabulate_prnu:
    """Beside Table 4: what PRNU depends on, from how residuals are added up to where crops begin."""
    input:
        networks="<results>/networks.csv",
        predictions=predictions(*of_kind("prnu", "custom")),
    output:
        csv=shown("<results>/tables/prnu.csv", "not in it"),
        tex="<results>/tables/prnu.tex",
    log:
        "<logs>/tables/prnu.log",
    conda:
        "../envs/analysis.yaml"
    params:
        names=of_kind("prnu", "custom"),
        code=digest("tabulate_prnu"),
    script:
        "../scripts/tabulate_prnu.py"
