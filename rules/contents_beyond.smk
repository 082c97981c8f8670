"""Tables and figures that the paper has nothing like: does attribution hold outside the laboratory? No rules."""

from sr_fingerprints.study import photo_groups, pipelines

PIPELINES = [pipelines.Pipeline(**path) for path in config["pipelines"]["paths"]]
PIPELINE_NETWORKS = pipelines.compared_networks(STUDIED, config["pipelines"]["networks"])
SOURCE_NETWORKS = pipelines.compared_networks(STUDIED, config["photo_sources"]["networks"])
PHOTO_GROUPS = photo_groups.photo_groups(
    PHOTOS,
    config["photos"]["folder"],
    *(config["photo_sources"][key] for key in ("groups", "most_groups")),
)
COMPARED_PIPELINES = [row.name for row in PIPELINES] if len(PIPELINE_NETWORKS) > 1 else []
COMPARED_SOURCES = list(PHOTO_GROUPS) if min(len(PHOTO_GROUPS), len(SOURCE_NETWORKS)) > 1 else []

WITH_UNKNOWN = ("classifier that is evaluated on networks that it was not trained on, or on photos", OPEN_SET)
WEIGHED = ("attribution whose evidence is weighed (evidence.classifiers)", EVIDENCE)
GROWING = (WEIGHED[0], [*EVIDENCE, *LEARNING_CURVE])

BEYOND = {
    "tables/open_set": WITH_UNKNOWN,
    "tables/unknown_networks": WITH_UNKNOWN,
    "figures/open_set": WITH_UNKNOWN,
    "tables/calibration": WEIGHED,
    "tables/likelihood_ratios": WEIGHED,
    "tables/conformal_sets": WEIGHED,
    "tables/evidence_growth": GROWING,
    "figures/calibration": WEIGHED,
    "figures/likelihood_ratios": WEIGHED,
    "figures/evidence_growth": GROWING,
    **dict.fromkeys(
        ["tables/pipelines", "figures/pipelines"], ("pipelines of two networks or more", COMPARED_PIPELINES)
    ),
    **dict.fromkeys(
        ["tables/photo_sources", "figures/photo_sources"],
        ("groups of photos, two or more, and two networks", COMPARED_SOURCES),
    ),
}
"""As `NEEDS`: what each is about, and the experiments of the study that it has; a study with none is without it."""
