"""Which kind of low-resolution image networks are given of each photo.

The rows of ``generate.inputs`` are the kinds. A photo, or tile of one, has one kind, the same at all scales and so
for all networks: the kind says nothing of which network made an image. The files of low-resolution photos, and of
images made from them, have the kinds among their attributes, under ``inputs``; without it all photos are downscaled.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sr_fingerprints.degradations.operations import Chain
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.errors import InputError

INPUTS = "inputs"
"""Name of the attribute."""


@dataclass(frozen=True)
class InputKind:
    """One row of ``generate.inputs``."""

    name: str
    share: float = 1.0  # of the photos, on average
    native: bool = False  # a part of the photo at its own resolution, rather than the photo downscaled
    chain: Chain = ()  # what is done to it afterwards; operations that leave pixels where they are

    @property
    def is_downscaled_photo(self) -> bool:
        """Whether it is the photo downscaled and nothing else, so that the photo is what a network should restore."""
        return not self.native and not self.chain


DOWNSCALED = InputKind("downscaled")
"""The kind of every photo in a study without ``generate.inputs``."""


def kind_of(photo: str, kinds: Sequence[InputKind], seed: int) -> InputKind:
    """The kind of one photo (or tile), by a hash of ``seed`` and its name; each kind is as likely as its share."""
    digest = hashlib.sha256(f"input/{seed}/{photo}".encode()).digest()
    place, passed = int.from_bytes(digest[:8], "big") / 2**64, 0.0
    for kind in kinds:
        passed += kind.share
        if place < passed:
            return kind
    return kinds[-1] if kinds else DOWNSCALED


def as_attributes(kinds: Sequence[Mapping[str, Any]], seed: int) -> dict[str, Any]:
    """Attributes of a file of low-resolution photos of these ``kinds``, rows of the configuration; none without."""
    return {INPUTS: {"kinds": [dict(kind) for kind in kinds], "seed": seed}} if kinds else {}


def inherited(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the ``attributes`` of low-resolution photos that images made from them keep."""
    return {INPUTS: attributes[INPUTS]} if INPUTS in attributes else {}


def kinds_of(attributes: Mapping[str, Any], photos: Iterable[str]) -> list[InputKind]:
    """The kind of each of these ``photos`` in a file with these ``attributes``."""
    inputs = attributes.get(INPUTS, {"kinds": [], "seed": 0})
    kinds = [InputKind(**kind) for kind in inputs["kinds"]]
    return [kind_of(str(photo), kinds, inputs["seed"]) for photo in photos]


def rows_to_compare(
    images: ImageFile, split: str, attributes: Mapping[str, Any] | None = None
) -> npt.NDArray[np.intp]:
    """The `comparable_rows` of one split. Raises `InputError` if the split has photos, but no such ones."""
    rows, chosen = images.indices(split), comparable_rows(images, split, attributes)
    if len(rows) and not len(chosen):
        found = (
            f"generate.inputs: found kinds of which no {split} photo of {len(rows)} is downscaled and nothing else"
        )
        raise InputError(f"{found}; allowed: a larger share of those, which images are compared with, or more photos")
    return chosen


def comparable_rows(
    images: ImageFile, split: str, attributes: Mapping[str, Any] | None = None
) -> npt.NDArray[np.intp]:
    """Rows of one split, ascending, whose images may be compared with the photo: it was downscaled and nothing else.

    ``images`` are low-resolution photos, or images made from them; or the photos themselves, and then ``attributes``
    are those that their low resolution will have (`as_attributes`).
    """
    rows = images.indices(split)
    kinds = kinds_of(images.attributes if attributes is None else attributes, images.photo[rows])
    chosen: npt.NDArray[np.intp] = rows[np.array([kind.is_downscaled_photo for kind in kinds], bool)]
    return chosen
