"""`sr-fingerprints compare`: do two images come from the same network?"""

import argparse
import json
import logging
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from sr_fingerprints.attribution.images import GivenImage, read_image, read_image_bytes
from sr_fingerprints.attribution.one_image import load_bundle
from sr_fingerprints.command.inputs import STANDARD_INPUT
from sr_fingerprints.command.words import HEADLINES, field
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.light_imports import import_torch

if TYPE_CHECKING:
    from sr_fingerprints.attribution.comparison import Comparison
    from sr_fingerprints.attribution.decisions import Attribution

logger = logging.getLogger(__name__)


def run(given: argparse.Namespace) -> bool:
    """Compare the two images; returns whether both could be read."""
    read = []
    content = sys.stdin.buffer.read() if STANDARD_INPUT in given.images else b""
    for name in given.images:
        try:
            read.append(read_image_bytes(content, name) if name == STANDARD_INPUT else read_image(name))
        except InputError as error:
            logger.error("%s", error)
    if len(read) < 2:
        return False
    torch = import_torch()
    from sr_fingerprints.attribution.comparison import compare

    torch.set_num_threads(1)
    bundle = load_bundle(given.bundle)
    try:
        found = compare(bundle, (read[0].pixels, read[1].pixels))
    except InputError as error:
        logger.error("%s, %s: %s", *given.images, error)
        return False
    found = replace(found, images=(_named(found, 0, read[0]), _named(found, 1, read[1])))
    if given.format == "json":
        sys.stdout.write(json.dumps(found.as_json(), ensure_ascii=False, allow_nan=False) + "\n")
    else:
        sys.stdout.write(as_text(found))
    return True


def _named(found: "Comparison", place: int, image: GivenImage) -> "Attribution":
    answer = found.images[place].of_file(image.path or "", image.sha256)
    return replace(answer, limits=(*answer.limits, *image.remarks))


def as_text(found: "Comparison") -> str:
    """The comparison as people read it."""
    lines = []
    for name, answer in zip(("first", "second"), found.images, strict=True):
        what = HEADLINES[answer.decision]
        if answer.words and answer.decision != "not_super_resolved":
            what += f": {answer.words}"
        lines += field(name, f"{answer.image.path}, {answer.image.width} x {answer.image.height} pixels, {what}")
    lines += field("answer", found.words)
    if found.log10_likelihood_ratio is not None:
        ratio = found.log10_likelihood_ratio
        factor = 10 ** abs(ratio)
        likelier = "one network made both" if ratio >= 0 else "they are of different sources"
        lines += field("log10 LR", f"{ratio:z.2f}: {factor:.3g} times likelier if {likelier}")
        lines += field(
            "bounds",
            f"{found.lowest:z.2f} to {found.highest:z.2f}: {found.photos} held-out photos support no more; "
            f"cost of these ratios {found.cllr:.2f} bits (1: they say nothing)",
        )
    lines += [line for limit in found.limits for line in field("limit", limit)]
    return "\n".join(lines) + "\n"
