"""From predictions for held-out photos to the weight of evidence: calibrations, likelihood ratios, sets, and growth.

In go predictions for test and validation photos, and for its growth one classifier and images. Out come a JSON with
what was fitted for each classifier, and figures; the tables are in tables_of_evidence.smk.
"""


rule fit_evidence:
    """Fit temperatures and likelihood ratios of every classifier, on photos that it was not trained on."""
    input:
        **EVIDENCE_FILES,
        networks="<results>/networks.csv",
    output:
        CALIBRATIONS,
    log:
        "<logs>/evidence/fit.log",
    conda:
        "../envs/analysis.yaml"
    resources:
        mem_mb=memory_mb(16_000),
        runtime=runtime_minutes(3_600),
    params:
        code=digest("fit_evidence"),
    script:
        "../scripts/fit_evidence.py"


rule measure_evidence:
    """Scores of one classifier for crops of several sizes, and for several crops of an image together."""
    input:
        images=lambda wildcards: image_files(evidence_networks(wildcards)),
        classifier="<results>/classifiers/{experiment}-s{seed}.safetensors",
    output:
        "<results>/evidence/{experiment}-s{seed}.h5",
    log:
        "<logs>/evidence/{experiment}-s{seed}.log",
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(6_000),
        runtime=runtime_minutes(
            lambda wildcards: 2 * duration.apply_classifier(study(), EXPERIMENTS[wildcards.experiment])
        ),
    params:
        networks=lambda wildcards: evidence_networks(wildcards).network.tolist(),
        sides=evidence_sides,
        crop=config["evidence"]["crop"],
        crops=evidence_crops,
        images_per_photo=config["evidence"]["images_per_photo"],
        seed=config["seed"],
        code=digest("measure_evidence"),
    script:
        "../scripts/measure_evidence.py"


rule plot_calibration:
    """Reliability diagrams: accuracy against confidence, before and after temperature scaling."""
    input:
        **EVIDENCE_FILES,
        calibrations=CALIBRATIONS,
        networks="<results>/networks.csv",
    output:
        png=report_item("<results>/figures/calibration.png"),
        pdf="<results>/figures/calibration.pdf",
    log:
        "<logs>/figures/calibration.log",
    conda:
        "../envs/analysis.yaml"
    params:
        names=CALIBRATED,
        bins=config["evidence"]["bins"],
        code=digest("plot_calibration"),
    script:
        "../scripts/plot_calibration.py"


rule plot_likelihood_ratios:
    """Tippett plots of the likelihood ratios of the network that made an image, and of others."""
    input:
        **EVIDENCE_FILES,
        calibrations=CALIBRATIONS,
        networks="<results>/networks.csv",
    output:
        png=report_item("<results>/figures/likelihood_ratios.png"),
        pdf="<results>/figures/likelihood_ratios.pdf",
    log:
        "<logs>/figures/likelihood_ratios.log",
    conda:
        "../envs/analysis.yaml"
    params:
        names=CALIBRATED,
        code=digest("plot_likelihood_ratios"),
    script:
        "../scripts/plot_likelihood_ratios.py"


rule plot_evidence_growth:
    """Accuracy and likelihood ratios against the size and number of crops, images and training photos."""
    input:
        table="<results>/tables/evidence_growth.csv",
    output:
        png=report_item("<results>/figures/evidence_growth.png"),
        pdf="<results>/figures/evidence_growth.pdf",
    log:
        "<logs>/figures/evidence_growth.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("plot_evidence_growth"),
    script:
        "../scripts/plot_evidence_growth.py"
