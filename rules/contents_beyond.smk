"""Tables and figures that the paper has nothing like: does attribution hold outside the laboratory? No rules."""

EVIDENCE = [*CUSTOM_ATTRIBUTION, *PUBLISHED_ATTRIBUTION] if config["evidence"]["classifiers"] else []
CALIBRATED = [name for name in EVIDENCE for _ in EXPERIMENTS[name].seeds[: config["evidence"]["classifiers"]]]
EVIDENCE_RUNS = [
    f"{name}-s{seed}" for name in EVIDENCE for seed in EXPERIMENTS[name].seeds[: config["evidence"]["classifiers"]]
]
"""The classifiers whose evidence is weighed, and the experiment of each (``CALIBRATED``)."""
EVIDENCE_FILES = {
    "test": [f"<results>/predictions/{run}.h5" for run in EVIDENCE_RUNS],
    "validation": [f"<results>/predictions/validation/{run}.h5" for run in EVIDENCE_RUNS],
}
CALIBRATIONS = [f"<results>/evidence/{run}.json" for run in EVIDENCE_RUNS]
LEARNING_CURVE = tabulated.learning_curve(EXPERIMENTS) if EVIDENCE else []

WEIGHED = ("attribution whose evidence is weighed (evidence.classifiers)", EVIDENCE)
GROWING = (WEIGHED[0], [*EVIDENCE, *LEARNING_CURVE])
BEYOND = {
    "tables/calibration": WEIGHED,
    "tables/likelihood_ratios": WEIGHED,
    "tables/conformal_sets": WEIGHED,
    "tables/evidence_growth": GROWING,
    "figures/calibration": WEIGHED,
    "figures/likelihood_ratios": WEIGHED,
    "figures/evidence_growth": GROWING,
}
"""As `NEEDS`: what each is about, and the experiments of the study that it has; a study with none is without it."""
