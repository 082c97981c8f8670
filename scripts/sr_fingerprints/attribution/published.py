"""What a published bundle says of the images published with it, so that anybody can see that it still does."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sr_fingerprints.attribution.bundle import read_bundle
from sr_fingerprints.attribution.decisions import decide
from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.photos.reading import read_photo
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.provenance import sha256_of

ANSWERS = "answers.json"
DIGITS = 3
"""Of probabilities and scores that are compared: processors differ in the last digits of features."""

Answers = dict[str, Any]


def answers_of_images(bundle: str | Path, folder: str | Path) -> Answers:
    """The SHA-256 of a bundle, and what it says of every image in a folder, by file name.

    Of each image: its SHA-256, decision, answer, probability, open-set score and prediction set.
    """
    read = read_bundle(bundle)
    found = {}
    for path in sorted(path for path in Path(folder).iterdir() if path.name != ANSWERS):
        answer = decide(read, np.asarray(read_photo(path)))
        found[path.name] = {
            "sha256": sha256_of(path),
            "decision": answer.decision,
            "answer": answer.answer,
            "probability": answer.probability,
            "open_set_score": answer.open_set.score,
            "prediction_set": list(answer.prediction_set),
        }
    return {"bundle": read.sha256, "images": found}


def write_answers(bundle: str | Path, folder: str | Path) -> None:
    """Write `answers_of_images` into the folder. Raises `InputError` for a folder without images."""
    answers = answers_of_images(bundle, folder)
    if not answers["images"]:
        raise InputError(f"{folder}: found no images; allowed: a handful")
    write_text(Path(folder) / ANSWERS, json.dumps(answers, indent=1, sort_keys=True) + "\n")


def disagreements(published: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What differs between published answers and those found, in words; numbers, to `DIGITS` digits."""
    told = [] if published["bundle"] == found["bundle"] else ["another bundle"]
    for name, expected in published["images"].items():
        answer = found["images"].get(name)
        if answer is None:
            told.append(f"{name}: no answer")
            continue
        told += [
            f"{name}, {key}: {answer[key]!r} instead of {value!r}"
            for key, value in expected.items()
            if not _agrees(answer[key], value)
        ]
    return told


def _agrees(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return bool(abs(one - other) <= 10**-DIGITS / 20 * max(1.0, abs(other)))
    return bool(one == other)
