"""From super-resolved images to what is measured of every network's fingerprint, and attribution by its parts."""

from sr_fingerprints.fingerprints import parts


rule measure_fingerprints:
    """Measure spectra, residuals and upsampling grids of the images of all networks, and of photos, each read once."""
    input:
        images=image_files(FINGERPRINTED),
    output:
        measured="<results>/fingerprints/measured.h5",
    log:
        "<logs>/fingerprints/measured.log",
    benchmark:
        "<benchmarks>/fingerprints/measured.tsv"
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=memory_mb(2_000),
        runtime=runtime_minutes(
            lambda wildcards: 3e-7 * FINGERPRINTS["crop"] ** 2 * len(FINGERPRINTED) * study().photos.images
        ),
    params:
        networks=FINGERPRINTED.network.tolist(),
        measurement=FINGERPRINTS,
        seed=config["seed"],
        code=digest("measure_fingerprints"),
    script:
        "../scripts/measure_fingerprints.py"


rule classify_fingerprint_parts:
    """Attribute test images by linear classifiers of parts of the fingerprint, such as the spectrum without the grid."""
    input:
        measured="<results>/fingerprints/measured.h5",
    output:
        **{part: f"<results>/fingerprints/{part}.h5" for part in parts.linear_parts(FINGERPRINTS["period"])},
    log:
        "<logs>/fingerprints/parts.log",
    conda:
        "../envs/analysis.yaml"
    resources:
        mem_mb=memory_mb(6_000),
        runtime=runtime_minutes(1_200),
    params:
        networks=LEARNED_NETWORKS.network.tolist(),
        seed=config["seed"],
        code=digest("classify_fingerprint_parts"),
    script:
        "../scripts/classify_fingerprint_parts.py"


rule remove_grid:
    """Apply the first classifier of attribution to images without their upsampling grid, and to controls."""
    input:
        images=image_files(LEARNED_NETWORKS),
        classifier=[
            file.replace("<results>/predictions", "<results>/classifiers").replace(".h5", ".safetensors")
            for file in prediction_files(*LEARNED)[:1]
        ],
    output:
        **{change: f"<results>/fingerprints/{change}.h5" for change in parts.changes(FINGERPRINTS["period"])},
    log:
        "<logs>/fingerprints/grid.log",
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(6_000),
        runtime=runtime_minutes(lambda wildcards: 3 * duration.apply_classifier(study(), EXPERIMENTS[LEARNED[0]])),
    params:
        networks=LEARNED_NETWORKS.network.tolist(),
        period=FINGERPRINTS["period"],
        images=FINGERPRINTS["images"],
        seed=config["seed"],
        code=digest("remove_grid"),
    script:
        "../scripts/remove_grid.py"
