"""Tables of what the fingerprint of a network is: its parts, its grid, and which networks have similar ones."""


rule tabulate_fingerprint_parts:
    """What of the accuracy is the upsampling grid, and what is texture."""
    input:
        linear=rules.classify_fingerprint_parts.output,
        changed=rules.remove_grid.output,
        classifier=prediction_files(*LEARNED)[:1],
        networks="<results>/networks.csv",
    output:
        csv=report_item("<results>/tables/fingerprint_parts.csv"),
        tex="<results>/tables/fingerprint_parts.tex",
    log:
        "<logs>/tables/fingerprint_parts.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tabulate_fingerprint_parts"),
    script:
        "../scripts/tabulate_fingerprint_parts.py"


rule tabulate_grid_energy:
    """Share of the residuals' energy at the frequencies of the upsampling grid, beside photos and white noise."""
    input:
        measured="<results>/fingerprints/measured.h5",
        networks="<results>/networks.csv",
    output:
        csv=report_item("<results>/tables/grid_energy.csv"),
        tex="<results>/tables/grid_energy.tex",
    log:
        "<logs>/tables/grid_energy.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("tabulate_grid_energy"),
    script:
        "../scripts/tabulate_grid_energy.py"


rule tabulate_nearest_networks:
    """How often the network nearest in feature space shares a hyperparameter, beside chance."""
    input:
        predictions=prediction_files(*LEARNED),
        networks="<results>/networks.csv",
    output:
        csv=report_item("<results>/tables/nearest_networks.csv"),
        tex="<results>/tables/nearest_networks.tex",
    log:
        "<logs>/tables/nearest_networks.log",
    conda:
        "../envs/analysis.yaml"
    params:
        permutations=config["fingerprints"]["permutations"],
        seed=config["seed"],
        code=digest("tabulate_nearest_networks"),
    script:
        "../scripts/tabulate_nearest_networks.py"
