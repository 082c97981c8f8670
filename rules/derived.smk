"""Networks derived from those of the study: from their parents' weights to images, and whose they are taken for."""


rule derive_networks:
    """Train networks further, quantise, prune and average them: the weights of all derived networks."""
    input:
        networks=weights_of_all(ORIGINALS),
        photos=photos_of_derived(),
        datasets=[f"<results>/datasets/{name}.h5" for name in FURTHER_DATA],
    output:
        networks=[f"<results>/derived/{row.network}.safetensors" for row in MADE],
        curves=[f"<results>/derived/{each['row']['network']}.csv" for each in TRAININGS],
    log:
        "<logs>/derived/networks.log",
    benchmark:
        "<benchmarks>/derived/networks.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(6_000),
        runtime=runtime_minutes(lambda wildcards: duration.derive_networks(study(), MADE, TRAININGS)),
    params:
        names=name_of_each(ORIGINALS),
        scales=DERIVED_SCALES,
        datasets=FURTHER_DATA,
        rows=rows_for_images(MADE),
        trainings=TRAININGS,
        checkpoint=f"{RESULTS}/checkpoints/derived.pt",
        code=digest_of_derived("derive_networks"),
    script:
        "../scripts/derive_networks.py"


rule generate_derived:
    """Super-resolve the validation and test photos with every derived network."""
    input:
        derived=[derived_file(row) for row in DERIVED],
        networks=weights_of_all(PARENTS),
        photos=photos_of_derived(),
        checked=checked_further_data(),
    output:
        images=[f"<results>/sr/{row.network}.h5" for row in DERIVED],
    log:
        "<logs>/derived/images.log",
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(int(1_000 * config["generate"]["memory"]) + 2_000),
        runtime=runtime_minutes(lambda wildcards: duration.generate_derived(study(), DERIVED)),
    params:
        names=name_of_each(PARENTS),
        scales=DERIVED_SCALES,
        rows=rows_for_images(DERIVED),
        settings=config["generate"],
        seed=config["seed"],
        code=digest_of_derived("generate_derived"),
    script:
        "../scripts/generate_derived.py"


rule compare_derived:
    """Measure how far the images of derived networks are from those of their parents, and from the photos."""
    input:
        photos="<results>/photos.h5",
        images=[f"<results>/sr/{name}.h5" for name in COMPARED],
    output:
        csv="<results>/derived/distances.csv",
    log:
        "<logs>/derived/distances.log",
    conda:
        "../envs/images.yaml"
    resources:
        mem_mb=memory_mb(2_000),
        runtime=runtime_minutes(lambda wildcards: 0.1 * len(DERIVED) * study().photos_of("test")),
    params:
        names=COMPARED,
        parents={row.network: row.parent for row in DERIVED},
        code=digest("compare_derived"),
    script:
        "../scripts/compare_derived.py"


rule tabulate_derived_networks:
    """Whose images those of derived networks are taken for, and how far they are from their parents'."""
    input:
        networks="<results>/networks.csv",
        distances="<results>/derived/distances.csv",
        test=prediction_files(*DERIVED_ATTRIBUTION),
        validation=validation_files(*DERIVED_ATTRIBUTION),
    output:
        csv=report_item("<results>/tables/derived_networks.csv"),
        tex="<results>/tables/derived_networks.tex",
    log:
        "<logs>/tables/derived_networks.log",
    conda:
        "../envs/analysis.yaml"
    params:
        names=experiment_of_each(*DERIVED_ATTRIBUTION),
        code=digest("tabulate_derived_networks"),
    script:
        "../scripts/tabulate_derived_networks.py"


rule plot_derived_networks:
    """Images attributed to the parent, against the distance between its images and those of the derived network."""
    input:
        table="<results>/tables/derived_networks.csv",
    output:
        png=report_item("<results>/figures/derived_networks.png"),
        pdf="<results>/figures/derived_networks.pdf",
    log:
        "<logs>/figures/derived_networks.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("plot_derived_networks"),
    script:
        "../scripts/plot_derived_networks.py"
