"""Which classifier or bundle answers about single images, and what it is asked. No rules."""


def recogniser_of(observed):
    """File of the classifier, or of the bundle, that the evidence is that of."""
    return EXTENDED[0] if EXTENDED else f"<results>/classifiers/{observed}-s{ANSWERS_BY['seed']}.safetensors"


def observations_of(names):
    """Files of the evidence that these, of `OBSERVED`, have."""
    return [f"<results>/attribution/{name}.h5" for name in names]


def without_some():
    """Params for the answers of a classifier that networks were withheld from, if there is one."""
    if len(OBSERVED) < 2:
        return None
    return {
        "rows": [BY_NAME[name] for name in ATTRIBUTED],
        "learned": networks_of(OBSERVED[1]).network.tolist(),
        "scores": ANSWERS_BY["scores"],
    }


def observation_seconds(sources):
    """Estimated seconds of one core to look at the images of so many sources, after each condition."""
    photos = study()
    images = sum(
        min(number or photos.photos_of(split), photos.photos_of(split))
        for split, number in ANSWERS_BY["images"].items()
    )
    return OBSERVED_SECONDS * images * sources * len(CONDITIONS or range(MOST_CONDITIONS))


def folding_seconds(sources):
    """Estimated seconds of one core to fold the residuals of images of so many sources."""
    photos = study()
    train, validation = (
        min(ANSWERS_BY["images"][split] or photos.photos_of(split), photos.photos_of(split))
        for split in ("train", "validation")
    )
    return FOLDED_SECONDS * sources * (train + validation * len(CONDITIONS or range(MOST_CONDITIONS)))


FOLDED_SECONDS = 0.1  # of one core, for a square of 240 pixels
OBSERVED_SECONDS = 0.05  # of one core, for an image of 256 pixels
MOST_CONDITIONS = 20  # of a bundle
