"""Which experiments and networks the tables and figures are about that the paper has nothing like. No rules."""

from sr_fingerprints.study import augmentation, photo_groups, pipelines

DEGRADATIONS = augmentation.evaluated(config["degradations"])
BOTH = {"custom": CUSTOM_ATTRIBUTION, "published": PUBLISHED_ATTRIBUTION}
ROBUST_CLASSIFIERS = [
    name
    for origin, names in BOTH.items()
    for name in [*names, *tabulated.augmented_beside(EXPERIMENTS, origin, names)]
    if DEGRADATIONS
]
ROBUST_PRNU = [
    name for origin in BOTH for name in tabulated.quick_prnu(EXPERIMENTS, origin, config["prnu"]) if DEGRADATIONS
]
ROBUST_ROWS = [
    {
        "name": name,
        "origin": EXPERIMENTS[name].train_on[0],
        "method": tabulated.method_in_words(EXPERIMENTS[name]),
        "classes": len(images_of([name])),
    }
    for origin in BOTH
    for name in [*ROBUST_CLASSIFIERS, *ROBUST_PRNU]
    if EXPERIMENTS[name].train_on[0] == origin
]
DERIVED_ATTRIBUTION = [
    name for learned in ("custom", "published") for name in tabulated.attribution(EXPERIMENTS, learned, "derived")
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
FINGERPRINTED = NETWORKS[NETWORKS.origin.isin(["custom", "published", "interpolated"]) | (NETWORKS.network == "real")]
LEARNED = tabulated.taken_apart(EXPERIMENTS, NETWORKS)
LEARNED_NETWORKS = experiments.training_networks(EXPERIMENTS[LEARNED[0]], NETWORKS) if LEARNED else NETWORKS[:0]
ALIKE = LEARNED if len(LEARNED_NETWORKS) and tabulated.share_something(LEARNED_NETWORKS) else []
FINGERPRINTS = {
    "crop": tabulated.crop_taken_apart(config["classifiers"], EXPERIMENTS, LEARNED),
    "window": config["fingerprints"]["window"],
    "period": prnu.period_of(FINGERPRINTED.scale),
    "sigma": config["prnu"]["sigma"],
    "images": config["fingerprints"]["images"],
}
"""What is measured of the networks' fingerprints, beside photos; attribution to these networks is taken apart."""
PIPELINES = [pipelines.Pipeline(**path) for path in config["pipelines"]["paths"]]
PIPELINE_NETWORKS = pipelines.compared_networks(STUDIED, config["pipelines"]["networks"])
SOURCE_NETWORKS = pipelines.compared_networks(STUDIED, config["photo_sources"]["networks"])
PHOTO_GROUPS = photo_groups.photo_groups(
    PHOTOS.groups,
    PHOTOS.folder,
    *(config["photo_sources"][key] for key in ("groups", "most_groups")),
)
VALIDATED = config["photos"]["split"]["validation"] > 0  # a study of PRNU alone needs no validation photos
COMPARED_PIPELINES = [row.name for row in PIPELINES] if VALIDATED and len(PIPELINE_NETWORKS) > 1 else []
COMPARED_SOURCES = list(PHOTO_GROUPS) if VALIDATED and min(len(PHOTO_GROUPS), len(SOURCE_NETWORKS)) > 1 else []
ATTACKS = config["attacks"]
ATTACKED = (
    tabulated.attacked(EXPERIMENTS, "custom", config["prnu"], CUSTOM_ATTRIBUTION)
    or tabulated.attacked(EXPERIMENTS, "published", config["prnu"], PUBLISHED_ATTRIBUTION)
    if ATTACKS["laundering"]["chains"] or ATTACKS["forging"]["pairs"] or ATTACKS["gradient"]["levels"]
    else {}
)
ANSWERS_BY = config["attribution"]
EXTENDED = [ANSWERS_BY["extends"]] if ANSWERS_BY["extends"] else []
OBSERVED = ["own"] if EXTENDED else [name for name in (ANSWERS_BY["experiment"], ANSWERS_BY["without"]) if name]
ATTRIBUTED = [row.network for row in STUDIED] if EXTENDED else images_of(OBSERVED[:1]).network.tolist()
CONDITIONS = None if EXTENDED else [row for row in DEGRADATIONS if row["name"] in ANSWERS_BY["conditions"]]
"""What answers about single images: a classifier, and one that networks are withheld from; or a bundle, and what is added
to it. A bundle has its own conditions."""
ADDED = ATTRIBUTED if EXTENDED else []
SHOWN_TO_IT = [*ATTRIBUTED, studied.REAL.network] if EXTENDED else ATTRIBUTED
PARSED = OBSERVED if EXTENDED or tabulated.share_something(NETWORKS.loc[ATTRIBUTED]) else []
