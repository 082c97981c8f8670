"""From photos to what networks are given of them, and to images that no network made: enlarged or processed photos."""

from sr_fingerprints.study.checks.sizes import classifier_sides


rule downscale_photos:
    """Downscale photos bicubically, as input for networks; the study's photos may have inputs of other kinds too."""
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
        mem_mb=memory_mb(2_000),
        runtime=runtime_minutes(max(map(len, [PHOTOS, *DATASETS.values()]))),
    params:
        inputs=lambda wildcards: config["generate"]["inputs"] if wildcards.collection == "photos" else [],
        seed=config["seed"],
        code=digest("downscale_photos"),
    script:
        "../scripts/downscale_photos.py"


rule interpolate_photos:
    """Upscale the low-resolution photos by interpolation: images that are resampled, but not made by a network."""
    input:
        low_resolution=lambda wildcards: f"<results>/photos-x{NETWORKS.scale[wildcards.network]}.h5",
    output:
        images="<results>/sr/{network}.h5",
    log:
        "<logs>/sr/{network}.log",
    wildcard_constraints:
        network=any_of(NETWORKS.network[NETWORKS.origin == "interpolated"]),
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=memory_mb(2_000),
        runtime=runtime_minutes(len(PHOTOS)),
    params:
        kernel=lambda wildcards: network_row(wildcards).kernel,
        code=digest("interpolate_photos"),
    script:
        "../scripts/interpolate_photos.py"


rule process_photos:
    """Process photos that nobody enlarged: further images that no network made."""
    input:
        photos="<results>/photos.h5",
    output:
        images="<results>/sr/{network}.h5",
    log:
        "<logs>/sr/{network}.log",
    wildcard_constraints:
        network=any_of(row["name"] for row in config["networks"]["processed"]),
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=memory_mb(2_000),
        runtime=runtime_minutes(lambda wildcards: 0.1 * study().photos.images),
    params:
        chain=lambda wildcards: network_row(wildcards).run["chain"],
        least_side=max(classifier_sides(config).values()),
        seed=config["seed"],
        code=digest("process_photos"),
    script:
        "../scripts/process_photos.py"
