"""Which experiments of the study its tables and figures are about. No rules."""

from sr_fingerprints.study import tabulated

OWN_NETWORKS = len(config["networks"]["own"])
GIVEN = sum(row.origin == "published" for row in STUDIED)  # published networks, and the user's own
PUBLISHED_ARE = tabulated.name_of_published(GIVEN - OWN_NETWORKS, OWN_NETWORKS)
CUSTOM_ATTRIBUTION = tabulated.attribution(EXPERIMENTS, "custom", "custom")
PUBLISHED_ATTRIBUTION = tabulated.attribution(EXPERIMENTS, "published", "published")
NEVER_SAW = tabulated.attribution(EXPERIMENTS, "custom", "published") if GIVEN > 1 else []  # shown what it never saw
CUSTOM_PRNU = tabulated.prnu_beside(EXPERIMENTS, "custom", config["prnu"], CUSTOM_ATTRIBUTION)
PUBLISHED_PRNU = tabulated.prnu_beside(EXPERIMENTS, "published", config["prnu"], PUBLISHED_ATTRIBUTION)
PRNU_EXPERIMENTS = experiments_of_kind("prnu", "custom") or experiments_of_kind("prnu", "published")
TRIPLETS = [
    name
    for name in [*CUSTOM_ATTRIBUTION, *CUSTOM_PRNU]
    if experiments.training_networks(EXPERIMENTS[name], NETWORKS).seed.nunique() > 1
]
CONTROLS = [
    *experiments_of_kind("control"),
    *[name for name in [*CUSTOM_ATTRIBUTION, *PUBLISHED_ATTRIBUTION] if "twin" in EXPERIMENTS[name].tested_on],
]
SHOWN_UNKNOWN = [tabulated.attribution(EXPERIMENTS, "custom", kind) for kind in ("published", "interpolated", "real")]
OPEN_SET = [*next(filter(None, SHOWN_UNKNOWN), []), *experiments_of_kind("open_set")]
PREDICTED = [name for name in EXPERIMENTS if EXPERIMENTS[name].kind != "open_set"]
"""Experiments with predictions of all test images; those of the others are made by rules/open_set.smk."""
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
