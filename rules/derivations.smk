"""Which networks are derived from which, and the files that it takes. No rules."""

from sr_fingerprints.study import derived as derivations

DERIVED = [row for row in ROWS if row.origin == "derived"]
MADE = [row for row in DERIVED if row.by != "checkpoint"]  # checkpoints are made in training
TRAININGS = derivations.further_trainings(config, BY_NAME)
PARENTS = list(dict.fromkeys(row.parent for row in DERIVED))
ORIGINALS = list(dict.fromkeys([*(row.parent for row in MADE), *(row.how for row in MADE if row.by == "average")]))
"""Networks whose weights those of derived networks are made of."""

DERIVED_SCALES = sorted({row.scale for row in DERIVED})
FURTHER_DATA = sorted({name for each in TRAININGS for name in derivations.data_of(each)})
COMPARED = [*PARENTS, *(row.network for row in DERIVED)]


def weights_of_all(names):
    """Files of the weights of networks."""
    return [file for name in names for file in weights_of(name)]


def name_of_each(names):
    """Name of the network of each of the `weights_of_all`, in the same order."""
    return [name for name in names for _ in weights_of(name)]


def photos_of_derived():
    """The photos at the low resolutions that derived networks take, one file a scale."""
    return [f"<results>/photos-x{scale}.h5" for scale in DERIVED_SCALES]


def checked_further_data():
    """What `check_dataset` writes of the photos that networks are trained on further."""
    return [f"<results>/datasets/{name}-shared.csv" for name in dict.fromkeys(each["dataset"] for each in TRAININGS)]


def rows_for_images(rows):
    """Rows of derived networks, without what has no effect on images."""
    return [row.for_images().as_dict() for row in rows]


def digest_of_derived(script):
    """As `digest`, with the modules that loading any of the derived networks imports by name."""
    return digest(script, *sorted({name for row in DERIVED for name in modules_loaded_by_name(row)}))
