"""From a classifier and images to a bundle that answers about single images, and its answers for test photos.

The evidence of an image is the mean of a classifier's features over the picture. A model is fitted on that of training
and validation photos; with `attribution.extends`, networks are added to that of a bundle, and nothing is trained.
"""


rule observe_images:
    """Collect the evidence of images of all splits, as they are and degraded, by one classifier or that of a bundle."""
    input:
        images=image_files(NETWORKS.loc[SHOWN_TO_IT]),
        recogniser=lambda wildcards: recogniser_of(wildcards.observed),
    output:
        observations="<results>/attribution/{observed}.h5",
    log:
        "<logs>/attribution/{observed}.log",
    benchmark:
        "<benchmarks>/attribution/{observed}.tsv"
    wildcard_constraints:
        observed=any_of(OBSERVED),
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(6_000),
        runtime=runtime_minutes(lambda wildcards: observation_seconds(len(SHOWN_TO_IT))),
    params:
        sources=SHOWN_TO_IT,
        conditions=CONDITIONS,
        numbers=ANSWERS_BY["images"],
        side=ANSWERS_BY["side"],
        most=ANSWERS_BY["most"],
        seed=config["seed"],
        code=digest("observe_images"),
    script:
        "../scripts/observe_images.py"


rule fold_residuals:
    """Fold the noise residuals of images of all sources by the period of the networks' upsampling."""
    input:
        images=image_files(NETWORKS.loc[ATTRIBUTED]),
        bundle=EXTENDED[0] if EXTENDED else [],
    output:
        residuals="<results>/attribution/residuals.h5",
    log:
        "<logs>/attribution/residuals.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=memory_mb(2_000),
        runtime=runtime_minutes(lambda wildcards: folding_seconds(len(ATTRIBUTED))),
    params:
        sources=ATTRIBUTED,
        period=None if EXTENDED else prnu.period_of(SCALES),
        conditions=CONDITIONS,
        numbers=ANSWERS_BY["images"],
        seed=config["seed"],
        content=content_of(EXTENDED),
        code=digest("fold_residuals"),
    script:
        "../scripts/fold_residuals.py"


rule fit_attribution:
    """Write a bundle: the classifier with a model of its evidence, or another bundle with networks of one's own."""
    input:
        recogniser=recogniser_of(OBSERVED[0]) if OBSERVED else [],
        observations=observations_of(OBSERVED[:1])[0] if OBSERVED else [],
        residuals="<results>/attribution/residuals.h5",
    output:
        bundle="<results>/attribution/bundle.safetensors",
    log:
        "<logs>/attribution/bundle.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=memory_mb(8_000),
        runtime=runtime_minutes(3_600),
    params:
        rows=[BY_NAME[name] for name in ATTRIBUTED],
        conditions=CONDITIONS,
        settings={key: ANSWERS_BY[key] for key in ("scores", "side", "most")},
        about={"study": Path(RESULTS).name, "seed": config["seed"]},
        content=content_of(EXTENDED),
        code=digest("fit_attribution"),
    script:
        "../scripts/fit_attribution.py"


rule answer_images:
    """Write what the bundle answers for images of test photos, and how like each other its networks are."""
    input:
        bundle="<results>/attribution/bundle.safetensors",
        without=[*map(recogniser_of, OBSERVED[1:]), *observations_of(OBSERVED[1:])],
        before=EXTENDED[0] if EXTENDED else [],
        own=observations_of(OBSERVED)[0] if EXTENDED else [],
    output:
        answers="<results>/attribution/answers.csv",
        pairs="<results>/attribution/pairs.csv",
        sources="<results>/attribution/sources.csv",
        groups="<results>/attribution/groups.csv",
    log:
        "<logs>/attribution/answers.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=memory_mb(8_000),
        runtime=runtime_minutes(3_600),
    params:
        tiles=ANSWERS_BY["tiles"],
        without=without_some(),
        code=digest("answer_images"),
    script:
        "../scripts/answer_images.py"
