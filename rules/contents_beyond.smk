"""Tables and figures that the paper has nothing like: does attribution hold outside the laboratory? No rules."""

ROBUST = ("attribution, to networks of either origin alone, of degraded images", [*ROBUST_CLASSIFIERS, *ROBUST_PRNU])
WITH_UNKNOWN = ("classifier that is evaluated on networks that it was not trained on, or on photos", OPEN_SET)
OF_DERIVED = ("classifier that is evaluated on networks derived from those that it knows", DERIVED_ATTRIBUTION)
WEIGHED = ("attribution whose evidence is weighed (evidence.classifiers)", EVIDENCE)
GROWING = (WEIGHED[0], [*EVIDENCE, *LEARNING_CURVE])
OF_LEARNED = ("attribution to several custom, published or own networks by a classifier", LEARNED)
MEASURED = ("network", FINGERPRINTED.network.tolist())
OF_PIPELINES = ("two pipelines of two networks, with validation photos", COMPARED_PIPELINES)
OF_SOURCES = ("two groups of photos with two networks and validation photos", COMPARED_SOURCES)
ATTACKS_ON = ("attacks on attribution, by a classifier, to networks of either origin alone", list(ATTACKED))
ANSWERING = ("classifier or bundle that answers about single images (attribution)", OBSERVED)
BEYOND = {
    "tables/robustness": ROBUST,
    "tables/open_set": WITH_UNKNOWN,
    "tables/unknown_networks": WITH_UNKNOWN,
    "tables/derived_networks": OF_DERIVED,
    "tables/calibration": WEIGHED,
    "tables/likelihood_ratios": WEIGHED,
    "tables/conformal_sets": WEIGHED,
    "tables/evidence_growth": GROWING,
    "tables/fingerprint_parts": OF_LEARNED,
    "tables/grid_energy": ("network that enlarges", MEASURED[1] if FINGERPRINTS["period"] > 1 else []),
    "tables/nearest_networks": ("attribution to networks of which some share a hyperparameter", ALIKE),
    "tables/pipelines": OF_PIPELINES,
    "tables/photo_sources": OF_SOURCES,
    "tables/attacks": ATTACKS_ON,
    "tables/attribution": ANSWERING,
    "tables/attribution_groups": ANSWERING,
    "tables/attribution_sources": ANSWERING,
    "tables/attribution_parsers": (f"{ANSWERING[0]} to networks that share a property", PARSED),
    "tables/attribution_own": ("bundle that networks of one's own are added to (attribution.extends)", ADDED),
    "figures/robustness": ROBUST,
    "figures/robustness_by_network": ROBUST,
    "figures/open_set": WITH_UNKNOWN,
    "figures/derived_networks": OF_DERIVED,
    "figures/calibration": WEIGHED,
    "figures/likelihood_ratios": WEIGHED,
    "figures/evidence_growth": GROWING,
    "figures/network_spectra": MEASURED,
    "figures/network_residuals": MEASURED,
    "figures/confusion": OF_LEARNED,
    "figures/network_dendrogram": OF_LEARNED,
    "figures/pipelines": OF_PIPELINES,
    "figures/photo_sources": OF_SOURCES,
    "figures/attacks": ATTACKS_ON,
    "figures/attribution_coverage": ANSWERING,
    "figures/attribution_confusion": ANSWERING,
}
"""As `NEEDS`: what each is about, and the experiments of the study that it has; a study with none is without it."""
