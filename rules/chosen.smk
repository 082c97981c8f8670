"""Which experiments of the study its tables and figures are about. No rules."""

from sr_fingerprints.study import augmentation, tabulated

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
