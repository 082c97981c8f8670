"""Tables and figures that the paper has nothing like: does attribution hold outside the laboratory? No rules."""

WITH_UNKNOWN = (
    "classifier that is evaluated on networks that it was not trained on, or on photos",
    OPEN_SET,
)
BEYOND = {
    "tables/open_set": WITH_UNKNOWN,
    "tables/unknown_networks": WITH_UNKNOWN,
    "figures/open_set": WITH_UNKNOWN,
}
"""As `NEEDS`: what each is about, and the experiments of the study that it has; a study with none is without it."""
