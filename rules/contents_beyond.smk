"""Tables and figures that the paper has nothing like: does attribution hold outside the laboratory? No rules."""

WITH_UNKNOWN = ("classifier that is evaluated on networks that it was not trained on, or on photos", OPEN_SET)
OF_DERIVED = ("classifier that is evaluated on networks derived from those that it knows", DERIVED_ATTRIBUTION)
WEIGHED = ("attribution whose evidence is weighed (evidence.classifiers)", EVIDENCE)
GROWING = (WEIGHED[0], [*EVIDENCE, *LEARNING_CURVE])
ROBUST = ("degradations, with attribution to networks of either origin alone,", [*ROBUST_CLASSIFIERS, *ROBUST_PRNU])
BEYOND = {
    "tables/robustness": ROBUST,
    "figures/robustness": ROBUST,
    "figures/robustness_by_network": ROBUST,
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
    "tables/derived_networks": OF_DERIVED,
    "figures/derived_networks": OF_DERIVED,
}
"""As `NEEDS`: what each is about, and the experiments of the study that it has; a study with none is without it."""
