"""Parts of the fingerprint that attribution is tried by, by the names of their files of predictions."""

SPECTRUM = "spectrum"
SHUFFLED = "spectrum_labels_shuffled"
UNTOUCHED = "untouched"

OF_GRID = ("spectrum_without_grid", "spectrum_without_others", "spectrum_of_grid", "spectrum_of_others", "grid_phase")

LINEAR = (SPECTRUM, SHUFFLED, *OF_GRID)
"""What linear classifiers see.

``spectrum``: log-spectrum of the luminance, without the 3 x 3 bins around 0, which are the brightness.
``spectrum_without_grid``, ``spectrum_of_grid``: without, and only, the 3 x 3 bins around each grid frequency.
``spectrum_without_others``, ``spectrum_of_others``: the same of as many other bins, drawn at random.
``grid_phase``: the part of an image that repeats with the grid, one period of it.
``spectrum_labels_shuffled``: ``spectrum``, with the labels of the training images shuffled.
"""

CHANGES = ("grid_removed", "others_removed", "others_disturbed")
"""What is done to images before a classifier that was trained on untouched ones is applied.

``grid_removed``: `spectra.periodic_part` is subtracted. Controls, since any change may confuse a classifier:
``others_removed``, the part at as many other frequencies, `spectra.part_beside_the_grid`; and ``others_disturbed``, a
pattern of the same energy as the grid's at those, `spectra.beside_the_grid`.
"""


def linear_parts(period: int) -> tuple[str, ...]:
    """Those of `LINEAR` that a study has whose upsampling grids have this common period: 1 is no grid."""
    return LINEAR if period > 1 else (SPECTRUM, SHUFFLED)


def changes(period: int) -> tuple[str, ...]:
    """Those of `CHANGES` that a study has whose upsampling grids have this common period: 1 is no grid."""
    return CHANGES if period > 1 else ()
