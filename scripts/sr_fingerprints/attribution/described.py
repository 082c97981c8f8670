"""The sources of a study in words: rows of the table of networks as `Source`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sr_fingerprints.attribution.sources import Kind, Source
from sr_fingerprints.degradations.wording import plain_words
from sr_fingerprints.study.network_row import NOT_APPLICABLE, NetworkRow

PHOTO = "a photo that nobody enlarged"
KINDS: dict[str, Kind] = {
    "custom": "network",
    "published": "network",
    "interpolated": "interpolation",
    "real": "photo",
}
"""Kind of source, by the origin of the networks that can be one."""

KERNELS = {"bicubic": "MATLAB's bicubic", "bilinear": "Pillow's bilinear", "lanczos": "Pillow's Lanczos"}
"""Words for interpolations; the others are named after the package that they are from."""


def described_sources(rows: Sequence[NetworkRow]) -> tuple[Source, ...]:
    """The sources that ``rows`` of the table of networks are, in their order.

    Words are of the family, the scale and the variant, such as ``waifu2x cunet 2X, denoising level 1``; where two
    have the same, their names are added.
    """
    found = [_source(row) for row in rows]
    times = Counter(source.words for source in found)
    return tuple(
        source if times[source.words] == 1 else replace(source, words=f"{source.words} ({source.name})")
        for source in found
    )


def _source(row: NetworkRow) -> Source:
    kind = KINDS[row.origin]
    if kind == "photo":
        processed = plain_words(row.run.get("chain", ()))
        words = f"{PHOTO}, {processed}" if processed else PHOTO
        return Source(row.network, words, kind, None, None, None, processed or None, "")
    if kind == "interpolation":
        family = f"{_kernel(row.kernel)} interpolation"
        return Source(row.network, f"{family} {row.scale}X", kind, row.scale, None, family, None, "")
    family, variant = _words_of_network(row)
    words = f"{family} {row.scale}X" + (f", {variant}" if variant else "")
    loss = None if row.loss == NOT_APPLICABLE else row.loss
    return Source(row.network, words, kind, row.scale, loss, family, variant or None, row.licence or "none found")


def _words_of_network(row: NetworkRow) -> tuple[str, str]:
    """Family and variant; of a network without these words, its architecture and how it was trained."""
    if row.family:
        return row.family, row.variant
    trained = [] if row.origin != "custom" else [row.loss.replace("_", " "), row.dataset, f"seed {row.seed}"]
    return row.architecture.replace("_", " "), row.variant or ", ".join(trained)


def _kernel(kernel: str) -> str:
    package, _, name = kernel.partition("_")
    owners = {"pillow": "Pillow's", "opencv": "OpenCV's"}
    return KERNELS.get(kernel) or (f"{owners[package]} {name}" if package in owners and name else kernel)
