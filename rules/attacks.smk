"""Attacks: from images, classifiers and fingerprints to what these say of laundered and forged images, and a table."""

ATTACKED_CLASSIFIERS = [name for name in ATTACKED if not EXPERIMENTS[name].is_prnu]
ATTACKED_PRNU = [name for name in ATTACKED if EXPERIMENTS[name].is_prnu]
ATTACKED_NETWORKS = networks_of(ATTACKED_CLASSIFIERS[0]) if ATTACKED else NETWORKS[:0]


rule measure_attacks:
    """Launder and forge some images of each network, and ask the first classifier of each experiment, and PRNU."""
    input:
        images=image_files(ATTACKED_NETWORKS),
        photos="<results>/photos.h5",
        classifiers=[
            f"<results>/classifiers/{name}-s{EXPERIMENTS[name].seeds[0]}.safetensors"
            for name in ATTACKED_CLASSIFIERS
        ],
        fingerprints=[file for name in ATTACKED_PRNU for file in fingerprint_files(name)],
    output:
        measurements="<results>/attacks/measurements.csv",
        features="<results>/attacks/features.h5",
    log:
        "<logs>/attacks/measurements.log",
    benchmark:
        "<benchmarks>/attacks/measurements.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(8_000),
        runtime=runtime_minutes(lambda wildcards: duration.attack(study(), len(ATTACKED_NETWORKS), len(ATTACKED))),
    params:
        networks=ATTACKED_NETWORKS.filter(
            ["network", "architecture", "dataset", "scale", "loss", "seed", "origin"]
        ).to_dict("records"),
        classifiers=ATTACKED_CLASSIFIERS,
        prnu={
            name: (EXPERIMENTS[name].method.removeprefix("prnu_"), len(fingerprint_files(name)))
            for name in ATTACKED_PRNU
        },
        photos=studied.REAL.as_dict(),
        settings=config["attacks"],
        lpips_weights=config["quality"]["lpips_weights"],
        seed=config["seed"],
        code=digest("measure_attacks"),
    script:
        "../scripts/measure_attacks.py"


rule tabulate_attacks:
    """How cheaply networks are hidden or blamed, and whether a score of unknown networks notices."""
    input:
        measurements="<results>/attacks/measurements.csv",
        features="<results>/attacks/features.h5",
    output:
        csv=report_item("<results>/tables/attacks.csv"),
        tex="<results>/tables/attacks.tex",
    log:
        "<logs>/tables/attacks.log",
    conda:
        "../envs/analysis.yaml"
    params:
        recognisers={name: (words, len(networks_of(name))) for name, words in ATTACKED.items()},
        code=digest("tabulate_attacks"),
    script:
        "../scripts/tabulate_attacks.py"


rule plot_attacks:
    """What it costs to hide a network, how often another is blamed, and whether that is noticed."""
    input:
        table="<results>/tables/attacks.csv",
        measurements="<results>/attacks/measurements.csv",
    output:
        png=report_item("<results>/figures/attacks.png"),
        pdf="<results>/figures/attacks.pdf",
    log:
        "<logs>/figures/attacks.log",
    conda:
        "../envs/analysis.yaml"
    params:
        recognisers=ATTACKED,
        code=digest("plot_attacks"),
    script:
        "../scripts/plot_attacks.py"
