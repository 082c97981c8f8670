"""Names that measurements of attacks share with the table and the figure, which import no torch."""

COLUMNS = (
    *("attack", "method", "setting", "strength", "group", "split", "recogniser", "reached"),
    *("network", "target", "photo", "source", "predicted", "highest", "squared_error", "lpips", "lpips_weights"),
)
"""Columns of the file of measurements.

attack: none, laundering, forging or gradient; method: of forging, or what gradients are followed for; setting: in
words; strength: a number for it; group: the networks that a chain was chosen for, or the kind of pair; split; the
recogniser; reached: whether the chain was enough on validation photos. network, photo and source: of the image;
target: whom it is to be blamed on; predicted; highest: the highest score of any class; squared_error: mean squared
difference from the network's own image, in grey levels squared; lpips: their perceptual distance, where measured.
"""

ALL = "all"
"""The group of all networks."""

UNTOUCHED = "untouched"
"""The setting without any change."""

FORGING_METHODS = ("residual", "grid", "replaced", "denoised")
"""Ways of blaming another network, and in `CONTROLS` such as blame nobody; see `forging.METHODS`."""

CONTROLS = ("own", "random")
