"""Scores of every image that a classifier was shown: of known networks, and of unknown ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import safetensors.numpy
from safetensors import SafetensorError
from scipy.special import softmax
from sklearn.model_selection import GroupKFold

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.open_set.names import KNOWN, NEW
from sr_fingerprints.open_set.scores import Known, all_scores, describe_known
from sr_fingerprints.open_set.splits import unknown_networks
from sr_fingerprints.runtime.errors import InputError, as_input_error
from sr_fingerprints.study.experiments import Experiment
from sr_fingerprints.study.network_table import read_network_table

FOLDS = 5
"""Number of parts that training photos are divided in, each scored by the others."""


@dataclass(frozen=True)
class Settings:
    """Settings of the scores, as in the configuration's ``open_set``."""

    neighbours: int
    components: int
    seed: int


def last_layer_logits(classifier: str | Path, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Logits (n, classes) of ``features`` (n, d), by the last layer of a file of `save_classifier`; without torch.

    Raises `InputError` with the file's name when it is damaged or not a classifier of such features.
    """
    with as_input_error(Path(classifier), "a trained classifier"):
        try:
            tensors = safetensors.numpy.load(Path(classifier).read_bytes())
        except SafetensorError as error:
            raise ValueError(str(error)) from error
        logits: npt.NDArray[np.float32] = features @ tensors["head.weight"].T + tensors["head.bias"]
    return logits


def score_experiment(
    experiment: Experiment,
    networks: pd.DataFrame,
    classifier: str | Path,
    predictions: Mapping[str, Predictions],
    settings: Settings,
) -> pd.DataFrame:
    """Score the images of one classifier; one row per image, without those of twins.

    ``predictions`` are those for the photos of each split: ``train``, of known networks, which describe what is
    known; ``validation`` and ``test``, of known and unknown ones. Columns: experiment; photos (the split); network,
    source and photo; unknown (see `unknown_networks`; `KNOWN` if the network is known), family and half; correct,
    whether the network is named; and one for each of `SCORES`. Training images are scored by the known images of
    other photos: those of `FOLDS` parts of the photos less one (fewer where there are fewer; not scored if there is
    one). Test images of known networks are in the rows of `NEW` again, each scored by one of these parts less one in
    turn, so that what describes the known is as much for both.
    """
    unknown = unknown_networks(experiment, networks).set_index("network")
    train = predictions["train"]
    known = describe_known(train.features, train.network)
    shown = {
        photos: _Shown.of(found.select(np.isin(found.network, [*found.classes, *unknown.index])), classifier)
        for photos, found in predictions.items()
    }
    parts = [
        _described(shown[photos], unknown, photos, shown[photos].scores(known, settings))
        for photos in ("validation", "test")
    ]
    test = shown["test"].select(np.isin(shown["test"].found.network, train.classes))
    count = min(FOLDS, len(set(train.source)))
    for part, (others, own) in enumerate(
        GroupKFold(count).split(train.source, groups=train.source) if count > 1 else ()
    ):
        given = describe_known(train.features[others], train.network[others])
        new = np.arange(len(test.found.network)) % count == part
        for photos, images in (("train", shown["train"].select(own)), (NEW, test.select(new))):
            parts.append(_described(images, unknown, photos, images.scores(given, settings)))
    scored = pd.concat(parts, ignore_index=True)
    scored.insert(0, "experiment", experiment.name)
    return scored


@dataclass(frozen=True)
class _Shown:
    """Images that a classifier was shown, and its logits."""

    found: Predictions
    logits: npt.NDArray[np.float32]

    @classmethod
    def of(cls, found: Predictions, classifier: str | Path) -> "_Shown":
        logits = last_layer_logits(classifier, found.features)
        if len(logits) and np.abs(softmax(logits, axis=1) - found.scores).max() > 1e-3:
            raise InputError(f"{classifier}: found other probabilities than those of its predictions; remove these")
        return cls(found, logits)

    def select(self, rows: np.ndarray) -> "_Shown":
        return _Shown(self.found.select(rows), self.logits[rows])

    def scores(self, known: Known, settings: Settings) -> pd.DataFrame:
        return pd.DataFrame(
            all_scores(
                known,
                self.found.scores,
                self.logits,
                self.found.features,
                settings.neighbours,
                settings.components,
                settings.seed,
            )
        )


def _described(shown: _Shown, unknown: pd.DataFrame, photos: str, scores: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame({key: getattr(shown.found, key) for key in ("network", "source", "photo", "correct")})
    frame = frame.join(unknown, on="network").fillna({"unknown": KNOWN, "family": ""})
    return frame.assign(photos=photos).join(scores)


def score_experiments(
    experiments: Mapping[str, Experiment],
    networks: str | Path,
    classifiers: Mapping[str, str | Path],
    predictions: Mapping[str, Mapping[str, str | Path]],
    settings: Settings,
    output: str | Path,
) -> None:
    """Score the images of every experiment with `score_experiment`, and write them as CSV.

    ``classifiers`` and ``predictions`` are files by the experiment's name, the latter by split as well.
    """
    table = read_network_table(networks)
    scored = [
        score_experiment(
            experiments[name],
            table,
            classifier,
            {split: read_predictions(path) for split, path in predictions[name].items()},
            settings,
        )
        for name, classifier in classifiers.items()
    ]
    write_text(output, pd.concat(scored).to_csv(index=False, lineterminator="\n"))
