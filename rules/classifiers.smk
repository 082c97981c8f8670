"""From super-resolved images to classifiers, one per experiment and seed, and their predictions for test photos."""


rule train_classifier:
    """Train one classifier of one experiment; the epoch with the best validation accuracy is kept."""
    input:
        images=lambda wildcards: image_files(training_networks(wildcards)),
        initial=initial_classifier_file,
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
        mem_mb=memory_mb(8_000),
        runtime=runtime_minutes(
            lambda wildcards: duration.train_classifier(study(), EXPERIMENTS[wildcards.experiment])
        ),
    params:
        labels=lambda wildcards: labels(wildcards, training_networks(wildcards)),
        settings=classifier_settings,
        shuffle_labels=lambda wildcards: EXPERIMENTS[wildcards.experiment].shuffle_labels,
        training_photos=lambda wildcards: EXPERIMENTS[wildcards.experiment].training_photos,
        checkpoint=f"{RESULTS}/checkpoints/{{experiment}}-s{{seed}}.pt",
        code=digest("train_classifier"),
    script:
        "../scripts/train_classifier.py"


rule apply_classifier:
    """Apply one classifier to the test photos of the networks that its experiment is evaluated on."""
    input:
        images=lambda wildcards: image_files(evaluated_networks(wildcards)),
        classifier="<results>/classifiers/{experiment}-s{seed}.safetensors",
    output:
        predictions="<results>/predictions/{experiment}-s{seed}.h5",
    log:
        "<logs>/predictions/{experiment}-s{seed}.log",
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(6_000),
        runtime=runtime_minutes(
            lambda wildcards: duration.apply_classifier(study(), EXPERIMENTS[wildcards.experiment])
        ),
    params:
        networks=lambda wildcards: evaluated_networks(wildcards).network.tolist(),
        labels=lambda wildcards: labels(wildcards, evaluated_networks(wildcards)),
        split="test",
        code=digest("apply_classifier"),
    script:
        "../scripts/apply_classifier.py"


use rule apply_classifier as apply_classifier_to_validation with:
    output:
        predictions="<results>/predictions/validation/{experiment}-s{seed}.h5",
    log:
        "<logs>/predictions/validation/{experiment}-s{seed}.log",
    params:
        networks=lambda wildcards: evaluated_networks(wildcards).network.tolist(),
        labels=lambda wildcards: labels(wildcards, evaluated_networks(wildcards)),
        split="validation",
        code=digest("apply_classifier"),
