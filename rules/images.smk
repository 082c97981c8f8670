"""From low-resolution photos and networks to super-resolved images, and their quality."""


rule generate_sr:
    """Super-resolve every photo with one network."""
    input:
        photos=low_resolution_file,
        network=network_files,
        checked=checked_dataset_file,
    output:
        images="<results>/sr/{network}.h5",
    log:
        "<logs>/sr/{network}.log",
    benchmark:
        "<benchmarks>/sr/{network}.tsv"
    wildcard_constraints:
        network=any_of(row.network for row in STUDIED),
    priority: 10
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=lambda wildcards: int(network_row(wildcards).framework != "ncnn"),
        mem_mb=memory_mb(lambda wildcards: int(1_000 * generation_settings(wildcards)["memory"]) + 2_000),
        runtime=runtime_minutes(generation_seconds),
    params:
        row=lambda wildcards: network_row(wildcards).for_images().as_dict(),
        settings=generation_settings,
        seed=config["seed"],
        code=lambda wildcards: digest("generate_sr", *modules_loaded_by_name(network_row(wildcards))),
    script:
        "../scripts/generate_sr.py"


TWINS = NETWORKS[NETWORKS.origin == "twin"]
FIRST = TWINS.path == studied.ORDINARY


use rule generate_sr as generate_twin with:
    wildcard_constraints:
        network=any_of(TWINS.network),


rule compare_twins:
    """Count the pixels by which the two paths of each pair of twins differ."""
    input:
        first=image_files(TWINS[FIRST]),
        second=image_files(TWINS[~FIRST]),
    output:
        csv="<results>/twins.csv",
    log:
        "<logs>/twins.log",
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=memory_mb(2_000),
        runtime=runtime_minutes(lambda wildcards: 0.1 * len(TWINS) * study().photos.images),
    params:
        rows=TWINS[~FIRST].filter(["weights_of", "path"]).to_dict("records"),
        code=digest("compare_twins"),
    script:
        "../scripts/compare_twins.py"


rule measure_quality:
    """Measure the quality of the images of all networks of one origin, and of bicubic ones, on the test photos."""
    input:
        photos="<results>/photos.h5",
        low_resolution=[f"<results>/photos-x{scale}.h5" for scale in SCALES],
        images=lambda wildcards: image_files(NETWORKS[NETWORKS.origin == wildcards.origin]),
    output:
        quality="<results>/quality/{origin}.csv",
    log:
        "<logs>/quality/{origin}.log",
    benchmark:
        "<benchmarks>/quality/{origin}.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(6_000),
        runtime=runtime_minutes(
            lambda wildcards: 0.3 * study().photos_of("test") * (NETWORKS.origin == wildcards.origin).sum()
        ),
    params:
        split="test",
        settings={key: config["quality"][key] for key in ("crop", "lpips_weights")},
        code=digest("measure_quality"),
    script:
        "../scripts/measure_quality.py"
