"""What tables and figures call scores and images; separate, so that they need not import what computes them."""

SCORES = ("maximum_probability", "energy", "mahalanobis", "nearest_neighbours", "gaussian_mixture")
"""Names of the scores, from those of the classifier's outputs to those of its features."""

KNOWN = "known"
"""What the column ``unknown`` of scored images says of known networks."""

NEW = "new"
"""What the column ``photos`` says of known networks' test images that are scored by parts of the training photos."""
