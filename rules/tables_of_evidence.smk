"""Tables of the weight of evidence, from predictions for held-out photos and what was fitted on them."""


rule tabulate_calibration:
    """How well probabilities are calibrated, before and after temperature scaling."""
    input:
        **EVIDENCE_FILES,
        calibrations=CALIBRATIONS,
        networks="<results>/networks.csv",
    output:
        csv=report_item("<results>/tables/calibration.csv"),
        tex="<results>/tables/calibration.tex",
    log:
        "<logs>/tables/calibration.log",
    conda:
        "../envs/analysis.yaml"
    params:
        names=CALIBRATED,
        bins=config["evidence"]["bins"],
        seed=config["seed"],
        code=digest("tabulate_calibration"),
    script:
        "../scripts/tabulate_calibration.py"


rule tabulate_likelihood_ratios:
    """Cost and errors of likelihood ratios by kind of network, and how strong they may be called."""
    input:
        **EVIDENCE_FILES,
        calibrations=CALIBRATIONS,
        networks="<results>/networks.csv",
    output:
        csv=report_item("<results>/tables/likelihood_ratios.csv"),
        tex="<results>/tables/likelihood_ratios.tex",
    log:
        "<logs>/tables/likelihood_ratios.log",
    conda:
        "../envs/analysis.yaml"
    resources:
        mem_mb=memory_mb(16_000),
        runtime=runtime_minutes(3_600),
    params:
        names=CALIBRATED,
        code=digest("tabulate_likelihood_ratios"),
    script:
        "../scripts/tabulate_likelihood_ratios.py"


rule tabulate_conformal_sets:
    """Coverage, by photo, and sizes of conformal prediction sets."""
    input:
        **EVIDENCE_FILES,
        networks="<results>/networks.csv",
    output:
        csv=report_item("<results>/tables/conformal_sets.csv"),
        tex="<results>/tables/conformal_sets.tex",
    log:
        "<logs>/tables/conformal_sets.log",
    conda:
        "../envs/analysis.yaml"
    resources:
        runtime=runtime_minutes(3_600),
    params:
        names=CALIBRATED,
        code=digest("tabulate_conformal_sets"),
    script:
        "../scripts/tabulate_conformal_sets.py"


rule tabulate_evidence_growth:
    """Accuracy and likelihood ratios by the size and number of crops, images and training photos."""
    input:
        test=[f"<results>/predictions/{run}.h5" for run in EVIDENCE_RUNS[:1]],
        validation=[f"<results>/predictions/validation/{run}.h5" for run in EVIDENCE_RUNS[:1]],
        crops=[f"<results>/evidence/{run}.h5" for run in EVIDENCE_RUNS[:1]],
        trained=prediction_files(*LEARNING_CURVE),
        networks="<results>/networks.csv",
    output:
        csv=report_item("<results>/tables/evidence_growth.csv"),
        tex="<results>/tables/evidence_growth.tex",
    log:
        "<logs>/tables/evidence_growth.log",
    conda:
        "../envs/analysis.yaml"
    params:
        trained=experiment_of_each(*LEARNING_CURVE),
        images=config["evidence"]["images"],
        seed=config["seed"],
        code=digest("tabulate_evidence_growth"),
    script:
        "../scripts/tabulate_evidence_growth.py"
