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
    priority: 10
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=lambda wildcards: int(network_row(wildcards)["framework"] != "ncnn"),
        mem_mb=int(1_000 * config["generate"]["memory"]) + 2_000,
    params:
        row=lambda wildcards: network_table.what_decides_images(network_row(wildcards)),
        settings=config["generate"],
        seed=config["seed"],
        code=lambda wildcards: digest("generation", "storage", *networks.modules(network_row(wildcards))),
    script:
        "../scripts/generate_sr.py"


rule measure_quality:
    """Compare one network's images of the test photos, and bicubic ones, with the photos."""
    input:
        photos="<results>/photos.h5",
        low_resolution=low_resolution_photos,
        images="<results>/sr/{network}.h5",
    output:
        quality="<results>/quality/{network}.csv",
    log:
        "<logs>/quality/{network}.log",
    conda:
        "../envs/torch.yaml"
    params:
        split="test",
        code=digest("quality", "low_resolution", "storage"),
    script:
        "../scripts/measure_quality.py"
