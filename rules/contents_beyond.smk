"""Tables and figures that the paper has nothing like: does attribution hold outside the laboratory? No rules."""

ATTACKS_ON = ("attacks, with attribution by a classifier to networks of either origin alone,", list(ATTACKED))
BEYOND = {
    "tables/attacks": ATTACKS_ON,
    "figures/attacks": ATTACKS_ON,
}
"""As `NEEDS`: what each is about, and the experiments of the study that it has; a study with none is without it."""
