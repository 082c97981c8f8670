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

BEYOND = {
    **dict.fromkeys(
        ["tables/pipelines", "figures/pipelines"], ("pipelines of two networks or more", COMPARED_PIPELINES)
    ),
    **dict.fromkeys(
        ["tables/photo_sources", "figures/photo_sources"],
        ("groups of photos, two or more, and two networks", COMPARED_SOURCES),
    ),
}
"""As `NEEDS`: what each is about, and the experiments of the study that it has; a study with none is without it."""
