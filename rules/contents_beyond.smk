"""Tables and figures that the paper has nothing like: does attribution hold outside the laboratory? No rules."""

ROBUST = ("degradations, with attribution to networks of either origin alone,", [*ROBUST_CLASSIFIERS, *ROBUST_PRNU])
BEYOND = {
    "tables/robustness": ROBUST,
    "figures/robustness": ROBUST,
    "figures/robustness_by_network": ROBUST,
}
"""As `NEEDS`: what each is about, and the experiments of the study that it has; a study with none is without it."""
