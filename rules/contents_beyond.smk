"""Tables and figures that the paper has nothing like: does attribution hold outside the laboratory? No rules."""

FINGERPRINTED = NETWORKS[NETWORKS.origin.isin(["custom", "published", "real", "interpolated"])]
LEARNED = tabulated.taken_apart(EXPERIMENTS, NETWORKS)
LEARNED_NETWORKS = experiments.training_networks(EXPERIMENTS[LEARNED[0]], NETWORKS) if LEARNED else NETWORKS[:0]
FINGERPRINTS = {
    "crop": tabulated.crop_taken_apart(config["classifiers"], EXPERIMENTS, LEARNED),
    "window": config["fingerprints"]["window"],
    "period": prnu.period_of(FINGERPRINTED.scale),
    "sigma": config["prnu"]["sigma"],
    "images": config["fingerprints"]["images"],
}
"""What is measured of the networks' fingerprints, beside photos; attribution to these networks is taken apart."""

OF_LEARNED = ("attribution to several custom, published or own networks by a classifier", LEARNED)
MEASURED = ("network", FINGERPRINTED.network.tolist())

BEYOND = {
    "tables/fingerprint_parts": OF_LEARNED,
    "tables/grid_energy": ("network that enlarges", MEASURED[1] if FINGERPRINTS["period"] > 1 else []),
    "tables/nearest_networks": OF_LEARNED,
    "figures/network_spectra": MEASURED,
    "figures/network_residuals": MEASURED,
    "figures/confusion": OF_LEARNED,
    "figures/network_dendrogram": OF_LEARNED,
}
"""As `NEEDS`: what each is about, and the experiments of the study that it has; a study with none is without it."""
