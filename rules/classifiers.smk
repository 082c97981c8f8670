"""Classifiers: one an experiment and seed, trained on crops of super-resolved images, then applied to test photos."""


rule train_classifier:
    """Train one classifier of one experiment; the epoch that is best on validation is kept."""
    input:
        images=lambda wildcards: [f"<results>/sr/{name}.h5" for name in training_networks(wildcards).network],
        initial=initial_classifier,
    output:
        classifier="<results>/classifiers/{experiment}-s{seed}.safetensors",
        curve="<results>/classifiers/{experiment}-s{seed}.csv",
    log:
        "<logs>/classifiers/{experiment}-s{seed}.log",
    benchmark:
        "<benchmarks>/classifiers/{experiment}-s{seed}.tsv"
    priority: 20  # the longest jobs: the shorter ones of other stages fill the gaps
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=3_000,
    params:
        labels=lambda wildcards: (
            training_networks(wildcards)[EXPERIMENTS[wildcards.experiment]["task"]].map(str).tolist()
        ),
        settings=config["classifiers"],
        checkpoint=f"{RESULTS}/checkpoints/{{experiment}}-s{{seed}}.pt",
        code=digest("classifiers", "checkpoints", "light_imports", "storage"),
    script:
        "../scripts/train_classifier.py"


rule apply_classifier:
    """Ask one classifier about the test photos of all networks of one origin."""
    input:
        images=lambda wildcards: [f"<results>/sr/{name}.h5" for name in names(wildcards.origin)],
        classifier="<results>/classifiers/{experiment}-s{seed}.safetensors",
    output:
        predictions="<results>/predictions/{experiment}-s{seed}-on-{origin}.h5",
    log:
        "<logs>/predictions/{experiment}-s{seed}-on-{origin}.log",
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=3_000,
    params:
        networks=lambda wildcards: names(wildcards.origin),
        labels=lambda wildcards: (
            NETWORKS.loc[names(wildcards.origin), EXPERIMENTS[wildcards.experiment]["task"]].map(str).tolist()
        ),
        split="test",
        code=digest("classifiers", "predictions", "storage"),
    script:
        "../scripts/apply_classifier.py"
