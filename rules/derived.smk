"""Networks derived from those of the study: from their parents' weights to images, and whose they are taken for."""

from sr_fingerprints.study import derived as derivations

DERIVED = [row for row in ROWS if row.origin == "derived"]
MADE = [row for row in DERIVED if row.by != "checkpoint"]  # checkpoints are made in training
TRAININGS = derivations.further_trainings(config, BY_NAME)
UNTRAINED = [row for row in MADE if row.by != "finetune"]
ORIGINALS = list(dict.fromkeys([*(row.parent for row in MADE), *(row.how for row in MADE if row.by == "average")]))
PARENTS = list(dict.fromkeys(row.parent for row in DERIVED))
SCALES_DERIVED = sorted({row.scale for row in DERIVED})
FURTHER_DATA = sorted({name for each in TRAININGS for name in derivations.data_of(each)})


def rows_for_images(rows):
    """Rows of derived networks, without what has no effect on images."""
    return [row.for_images().as_dict() for row in rows]


def modules_of_derived():
    """Modules that loading any derived network imports by name."""
    return sorted({name for row in DERIVED for name in modules_loaded_by_name(row)})


rule derive_networks:
    """Train networks further, quantise, prune and average them: the weights of all derived networks."""
    input:
        networks=[file for name in ORIGINALS for file in weights_of(name)],
        photos=[f"<results>/photos-x{scale}.h5" for scale in SCALES_DERIVED],
        datasets=[f"<results>/datasets/{name}.h5" for name in FURTHER_DATA],
    output:
        networks=[f"<results>/derived/{row.network}.safetensors" for row in MADE],
        curves=[f"<results>/derived/{each['row']['network']}.csv" for each in TRAININGS],
    log:
        "<logs>/derived/networks.log",
    benchmark:
        "<benchmarks>/derived/networks.tsv"
    priority: 10
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(6_000),
        runtime=runtime_minutes(lambda wildcards: duration.derive_networks(study(), MADE, TRAININGS)),
    params:
        names=[name for name in ORIGINALS for _ in weights_of(name)],
        scales=SCALES_DERIVED,
        datasets=FURTHER_DATA,
        derived=[row.network for row in MADE],
        rows=rows_for_images(UNTRAINED),
        trainings=TRAININGS,
        checkpoint=f"{RESULTS}/checkpoints/derived.pt",
        code=digest("derive_networks", *modules_of_derived()),
    script:
        "../scripts/derive_networks.py"


rule generate_derived:
    """Super-resolve the validation and test photos with every derived network."""
    input:
        derived=[derived_file(row) for row in DERIVED],
        networks=[file for name in PARENTS for file in weights_of(name)],
        photos=[f"<results>/photos-x{scale}.h5" for scale in SCALES_DERIVED],
        checked=[f"<results>/datasets/{name}-shared.csv" for name in derivations.finetuning_datasets(config["networks"]["derived"])],
    output:
        images=[f"<results>/sr/{row.network}.h5" for row in DERIVED],
    log:
        "<logs>/derived/images.log",
    benchmark:
        "<benchmarks>/derived/images.tsv"
    priority: 10
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(int(1_000 * config["generate"]["memory"]) + 2_000),
        runtime=runtime_minutes(lambda wildcards: duration.generate_derived(study(), DERIVED)),
    params:
        names=[name for name in PARENTS for _ in weights_of(name)],
        scales=SCALES_DERIVED,
        derived=[row.network for row in DERIVED],
        rows=rows_for_images(DERIVED),
        settings=config["generate"],
        seed=config["seed"],
        code=digest("generate_derived", *modules_of_derived()),
    script:
        "../scripts/generate_derived.py"


rule compare_derived:
    """Measure how far the images of derived networks are from those of their parents, and from the photos."""
    input:
        photos="<results>/photos.h5",
        images=[f"<results>/sr/{name}.h5" for name in [*PARENTS, *(row.network for row in DERIVED)]],
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
        names=[*PARENTS, *(row.network for row in DERIVED)],
        derived=[row.network for row in DERIVED],
        parents=[row.parent for row in DERIVED],
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
