"""Super-resolved images: every photo by every network, and how good they are."""


rule generate_sr:
    """Super-resolve every photo with one network."""
    input:
        photos=low_resolution_photos,
        network=network_files,
    output:
        images="<results>/sr/{network}.h5",
    log:
        "<logs>/sr/{network}.log",
    benchmark:
        "<benchmarks>/sr/{network}.tsv"
    wildcard_constraints:
        network=one_of(row["network"] for row in STUDIED),
    priority: 10
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=lambda wildcards: int(network_row(wildcards)["framework"] != "ncnn"),
        mem_mb=growing(int(1_000 * config["generate"]["memory"]) + 2_000),
        runtime=lasting(generation_seconds),
    params:
        row=lambda wildcards: network_table.what_decides_images(network_row(wildcards)),
        settings=config["generate"],
        seed=config["seed"],
        code=lambda wildcards: digest("generation", "storage", *networks.modules(network_row(wildcards))),
    script:
        "../scripts/generate_sr.py"


use rule generate_sr as generate_twin with:
    wildcard_constraints:
        network=one_of(NETWORKS.network[NETWORKS.origin == "twin"]),


rule measure_quality:
    """Compare the images of all networks of one origin, and bicubic ones, with the test photos."""
    input:
        photos="<results>/photos.h5",
        low_resolution=[f"<results>/photos-x{scale}.h5" for scale in SCALES],
        images=lambda wildcards: images_of(NETWORKS[NETWORKS.origin == wildcards.origin]),
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
        mem_mb=growing(6_000),
        runtime=lasting(
            lambda wildcards: 0.3 * study().photos_of("test") * (NETWORKS.origin == wildcards.origin).sum()
        ),
    params:
        split="test",
        settings={key: config["quality"][key] for key in ("crop", "lpips_weights")},
        code=digest("quality", "perceptual_distance", "imagenet", "low_resolution", "light_imports", "storage"),
    script:
        "../scripts/measure_quality.py"
