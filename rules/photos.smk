"""Photographs: from image files to `photos.h5` (the study's), `datasets/` (for training), and their low resolutions."""


rule prepare_photos:
    """Read the study's photos, cut them into tiles and split them by source photo."""
    input:
        files=PHOTOS.values(),
    output:
        photos="<results>/photos.h5",
    log:
        "<logs>/prepare_photos.log",
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=growing(2_000),
        runtime=lasting(2 * len(PHOTOS)),
    params:
        names=list(PHOTOS),
        preparation={
            "longest_side": config["photos"]["longest_side"],
            "blur_sigma": config["photos"]["blur_sigma"],
            "tile": config["photos"]["tile"],
            "multiple_of": math.lcm(*SCALES),
            "minimum_side": max(configuration.crops(config).values()),
        },
        shares=config["photos"]["split"],
        seed=config["seed"],
        skip_unreadable=config["photos"]["skip_unreadable"],
        code=digest("copies", "photographs", "storage"),
    script:
        "../scripts/prepare_photos.py"


rule prepare_dataset:
    """Read the photos that super-resolution networks are trained on, none of which the study may have."""
    input:
        files=lambda wildcards: DATASETS[wildcards.dataset].values(),
        photos=ancient("<results>/photos.h5"),  # other photos of the study are no reason to train all networks anew
    output:
        photos="<results>/datasets/{dataset}.h5",
    log:
        "<logs>/datasets/{dataset}.log",
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=growing(2_000),
        runtime=lasting(lambda wildcards: len(DATASETS[wildcards.dataset])),
    params:
        names=lambda wildcards: list(DATASETS[wildcards.dataset]),
        preparation={"multiple_of": math.lcm(*SCALES), "minimum_side": largest_patch(config["training"], STUDIED)},
        seed=config["seed"],
        code=digest("copies", "photographs", "storage"),
    script:
        "../scripts/prepare_dataset.py"


rule downscale_photos:
    """Reduce a collection of photos bicubically by one scale: what every network of that scale is given."""
    input:
        photos="<results>/{collection}.h5",
    output:
        low_resolution="<results>/{collection}-x{scale}.h5",
    log:
        "<logs>/{collection}-x{scale}.log",
    wildcard_constraints:
        collection="photos|datasets/[a-z0-9_]+",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=growing(2_000),
        runtime=lasting(max(len(PHOTOS), *map(len, DATASETS.values()))),
    params:
        code=digest("low_resolution", "storage"),
    script:
        "../scripts/downscale_photos.py"
