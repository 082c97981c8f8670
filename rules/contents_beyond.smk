"""Tables and figures that the paper has nothing like: does attribution hold outside the laboratory? No rules."""

BEYOND = {
    **dict.fromkeys(
        ("tables/derived_networks", "figures/derived_networks"),
        ("classifier that is evaluated on networks derived from those that it knows", DERIVED_ATTRIBUTION),
    ),
}
"""As `NEEDS`: what each is about, and the experiments of the study that it has; a study with none is without it."""
