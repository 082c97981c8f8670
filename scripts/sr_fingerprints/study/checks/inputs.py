"""Checks of ``generate.inputs`` and ``networks.processed``: kinds of low-resolution images, and photos as classes."""

from collections.abc import Iterator, Mapping
from typing import Any

from sr_fingerprints.photos.input_kinds import InputKind
from sr_fingerprints.study.checks.degradations import LOSSLESS, operation_problems

OTHER_SIZES = ("resize", *LOSSLESS)
"""Operations after which an input has another size, or its pixels are elsewhere."""


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    rows = config["generate"]["inputs"]
    yield from _chain_problems("generate.inputs", rows)
    for index, row in enumerate(rows):
        for number, operation in enumerate(row["chain"]):
            if moving := next((name for name in operation if name in OTHER_SIZES), None):
                allowed = f"operations other than {', '.join(OTHER_SIZES)}, so that inputs keep their size and place"
                yield f"generate.inputs.{index}.chain.{number}: found {moving}; allowed: {allowed}"
    total = sum(row["share"] for row in rows)
    if rows and abs(total - 1) > 1e-6:
        yield f"generate.inputs: found shares that sum to {total:g}; allowed: shares that sum to 1"
    if rows and not any(InputKind(**row).is_downscaled_photo for row in rows):
        allowed = "with one with native: false and chain: [], since the quality of images is measured on its photos"
        yield f"generate.inputs: found {len(rows)} kinds, none of which is the photo downscaled; allowed: {allowed}"
    yield from _chain_problems("networks.processed", config["networks"]["processed"])


def _chain_problems(section: str, rows: list[Mapping[str, Any]]) -> Iterator[str]:
    """Names that occur twice, and wrong operations."""
    names = set[str]()
    for index, row in enumerate(rows):
        if row["name"] in names:
            yield f"{section}.{index}.name: found {row['name']!r} twice; allowed: a name of its own"
        names.add(row["name"])
        for number, operation in enumerate(row["chain"]):
            yield from operation_problems(f"{section}.{index}.chain.{number}", operation)
