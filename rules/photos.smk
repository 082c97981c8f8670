"""Photos: from image files to `photos.h5` (the study's) and `datasets/` (for training)."""

from sr_fingerprints.networks.training.configured import largest_patch
from sr_fingerprints.study.checks.sizes import least_side


rule prepare_photos:
    """Read the study's photos, cut them into tiles and split them by source photo."""
    input:
        files=[as_input(file) for file in PHOTOS.inputs],
    output:
        photos="<results>/photos.h5",
    log:
        "<logs>/prepare_photos.log",
    priority: 30  # with the check, before any training
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=memory_mb(2_000),
        runtime=runtime_minutes(2 * len(PHOTOS)),
    params:
        names=PHOTOS.names,
        preparation={
            "longest_side": config["photos"]["longest_side"],
            "blur_sigma": config["photos"]["blur_sigma"],
            "tile": config["photos"]["tile"],
            "tiles": config["photos"]["tiles"],
            "multiple_of": math.lcm(*SCALES),
            "minimum_side": least_side(config, max(SCALES)),
        },
        shares=config["photos"]["split"],
        seed=config["seed"],
        skip_unreadable=config["photos"]["skip_unreadable"],
        content=lambda wildcards: content_of(PHOTOS.files.values()),
        code=digest("prepare_photos"),
    script:
        "../scripts/prepare_photos.py"


rule prepare_dataset:
    """Read the photos that super-resolution networks are trained on."""
    input:
        files=lambda wildcards: [as_input(file) for file in DATASETS[wildcards.dataset].inputs],
    output:
        photos="<results>/datasets/{dataset}.h5",
    log:
        "<logs>/datasets/{dataset}.log",
    priority: 30
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=memory_mb(2_000),
        runtime=runtime_minutes(lambda wildcards: len(DATASETS[wildcards.dataset])),
    params:
        names=lambda wildcards: DATASETS[wildcards.dataset].names,
        fraction=lambda wildcards: DATASETS[wildcards.dataset].fraction,
        preparation={"multiple_of": math.lcm(*SCALES), "minimum_side": largest_patch(config["training"], STUDIED)},
        seed=config["seed"],
        content=lambda wildcards: content_of(DATASETS[wildcards.dataset].files.values()),
        code=digest("prepare_dataset"),
    script:
        "../scripts/prepare_dataset.py"


rule check_photos:
    """List copies of photos: those left out, and those also in a training data set, which `check_dataset` rejects.

    Fail if photos are not what figures and PRNU ask of them, which is known once they are read.
    """
    input:
        photos="<results>/photos.h5",
        datasets=[f"<results>/datasets/{name}.h5" for name in DATASETS],
    output:
        csv="<results>/copies.csv",
    log:
        "<logs>/copies.log",
    priority: 30
    conda:
        "../envs/images.yaml"
    params:
        names=list(DATASETS),
        folders=[PHOTOS.folder, *(source.folder for source in DATASETS.values())],
        figure_photo=config["figures"]["photo"],
        prnu=prnu_settings_by_key(),
        period=prnu.period_of(SCALES),
        inputs=config["generate"]["inputs"],
        seed=config["seed"],
        code=digest("check_photos"),
    script:
        "../scripts/check_photos.py"


rule check_dataset:
    """Fail if a photo of the study is among those that networks are trained on.

    Images of these networks need it, since they depend on both anyway. Training does not: new photos of the study must
    not train networks again, and an `ancient` input would hide from Snakemake what else has changed.
    """
    input:
        photos="<results>/photos.h5",
        dataset="<results>/datasets/{dataset}.h5",
    output:
        csv="<results>/datasets/{dataset}-shared.csv",
    log:
        "<logs>/datasets/{dataset}-shared.log",
    priority: 30
    conda:
        "../envs/images.yaml"
    params:
        folders=lambda wildcards: [PHOTOS.folder, DATASETS[wildcards.dataset].folder],
        code=digest("check_dataset"),
    script:
        "../scripts/check_dataset.py"
