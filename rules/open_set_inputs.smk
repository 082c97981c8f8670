"""What classifiers are shown of networks that they never saw, and the files of their predictions. No rules."""

SHOWN = {name: f"{name}-s{EXPERIMENTS[name].seeds[0]}" for name in OPEN_SET}  # classifiers of the first seed
SPLITS_SHOWN = [
    (name, split)
    for name in OPEN_SET
    for split in ("train", "validation", "test")
    if split == "train" or EXPERIMENTS[name].kind == "open_set"  # others have predictions of the rest
]


def networks_shown(name, split):
    """Rows of the networks whose images of a split a classifier is shown.

    Of training photos, those that it learned; of validation photos, on which thresholds are set, the others.
    """
    learned = experiments.training_networks(EXPERIMENTS[name], NETWORKS)
    shown = experiments.evaluated_networks(EXPERIMENTS[name], NETWORKS)
    return {"train": learned, "validation": shown.drop(learned.index, errors="ignore"), "test": shown}[split]


def shown_file(name, split):
    """File with the predictions of a classifier for the photos of a split."""
    if (name, split) in SPLITS_SHOWN:
        return f"<results>/open_set/{split}/{SHOWN[name]}.h5"
    return f"<results>/predictions/{'validation/' * (split == 'validation')}{SHOWN[name]}.h5"


SHOWN_NETWORKS = NETWORKS[
    NETWORKS.network.isin({network for pair in SPLITS_SHOWN for network in networks_shown(*pair).network})
]
