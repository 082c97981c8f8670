"""Super-resolve the same photos with the same networks by every pipeline, and compare the images.

What differs between the images of two pipelines is not due to the networks.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.images import SPLITS, ImageFile, ImageWriter
from sr_fingerprints.images.generation import super_resolve
from sr_fingerprints.images.twins import differing_pixels
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import load_network
from sr_fingerprints.networks.super_resolver import TorchSuperResolver
from sr_fingerprints.pipelines.selection import spread_over_sources
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.pipelines import Pipeline

if TYPE_CHECKING:
    from sr_fingerprints.networks.super_resolver import SuperResolver

APPLIED = ("pipeline", "settings", "carried_out", "skipped", "identical_to")
DIFFERENCES = ("first", "second", "pixels", "pixels_differ", "greatest_difference")


@dataclass(frozen=True)
class Weights:
    """A network, the files with its weights, and the photos at the low resolution that it takes."""

    row: NetworkRow
    files: Sequence[str | Path]
    low_resolution: str | Path


def apply_pipelines(
    pipelines: Sequence[Pipeline],
    networks: Sequence[Weights],
    images: Mapping[str, int | None],
    settings: Mapping[str, Any],
    folder: str | Path,
    applied: str | Path,
    differences: str | Path,
    device: str = "cpu",
    threads: int = 1,
    seed: int = 0,
) -> None:
    """Write ``<folder>/<pipeline>/<network>.h5``, and what was done and what differs as CSV files.

    Parameters
    ----------
    images
        Number of images of each split that are super-resolved, spread over its photos; None for all.
    settings
        Those of ``generate`` (batch_size, memory, precision), where a pipeline does not say otherwise.
    applied
        One row a pipeline: its settings, how they were carried out (precision falls back to 32 bits where 16 change
        images too much), why it was skipped, and the first pipeline before it with the same pixels in all images.
    differences
        One row for each two pipelines, of the `DIFFERENCES`: numbers of pixels of all networks' images together.
    device, threads
        What the study uses on this machine. A pipeline for a GPU is skipped where there is none.

    Raises `InputError` if every pipeline is skipped.
    """
    folder = Path(folder)
    rows = [each.row for each in networks]
    skipped = {pipeline.name: pipeline.why_not(rows, device) for pipeline in pipelines}
    carried_out: dict[str, str] = {}
    chosen = {path: folder / f"low-resolution-{index}.h5" for index, path in enumerate(_distinct(networks))}
    for path, few in chosen.items():
        _copy_some(path, few, images)
    for pipeline in pipelines:
        if not skipped[pipeline.name]:
            torch.set_num_threads(pipeline.threads or threads)
            done = [_apply(pipeline, each, chosen, folder, settings, device, threads, seed) for each in networks]
            skipped[pipeline.name] = next((reason for reason, _ in done if reason), "")
            carried_out[pipeline.name] = _counted([how for _, how in done])
    torch.set_num_threads(threads)
    used = [pipeline.name for pipeline in pipelines if not skipped[pipeline.name]]
    if not used:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in skipped.items())
        raise InputError(f"pipelines.paths: found none that can be carried out ({reasons}); allowed: [], or with one")
    found = _compare(used, [row.network for row in rows], folder)
    same: dict[str, str] = {}
    for (first, second), (_, differ, _) in found.items():
        if not differ:
            same.setdefault(second, first)
    write_text(differences, _as_csv(DIFFERENCES, [[*pair, *numbers] for pair, numbers in found.items()]))
    names = [pipeline.name for pipeline in pipelines]
    columns = ([each.get(name, "") for name in names] for each in (carried_out, skipped, same))
    lines = zip(names, [pipeline.settings for pipeline in pipelines], *columns, strict=True)
    write_text(applied, _as_csv(APPLIED, [list(line) for line in lines]))


def _distinct(networks: Sequence[Weights]) -> list[str]:
    return list(dict.fromkeys(str(each.low_resolution) for each in networks))


def _copy_some(low_resolution: str | Path, output: Path, images: Mapping[str, int | None]) -> None:
    """Copy some images of each split of a collection, in its order, to another."""
    with ImageFile(low_resolution) as photos, ImageWriter(output, photos.attributes) as writer:
        for split in SPLITS:
            rows = photos.indices(split)
            for index in rows[spread_over_sources(photos.source[rows], images[split])]:
                writer.append(photos.image(index), photos.photo[index], photos.source[index], split)


def _apply(
    pipeline: Pipeline,
    network: Weights,
    chosen: Mapping[str, Path],
    folder: Path,
    settings: Mapping[str, Any],
    device: str,
    threads: int,
    seed: int,
) -> tuple[str, str]:
    """Super-resolve with one network; returns why it could not be, or how it was done."""
    row = network.row
    by_ncnn = bool(pipeline.framework) or row.framework == "ncnn"
    place = "cpu" if by_ncnn else pipeline.device or device
    precision = "float32" if pipeline.framework else pipeline.precision or settings["precision"]
    budget = ComputeBudget(
        place,
        pipeline.threads or threads,
        settings["memory"],
        precision,
        pipeline.tile,
        pipeline.overlap,
        pipeline.rounding,
    )
    resolver: SuperResolver = load_network(row, network.files, budget)
    if pipeline.framework and isinstance(resolver, TorchSuperResolver):
        from sr_fingerprints.networks.loading.ncnn_export import UnsupportedLayerError, ncnn_of

        try:
            resolver = ncnn_of(
                resolver.network, row.network, row.scale, budget.threads, pipeline.rounding or "nearest"
            )
        except UnsupportedLayerError as error:
            return f"{row.network} cannot be converted to ncnn: {error}", ""
        row = replace(row, framework="ncnn")
    super_resolve(
        resolver,
        row,
        chosen[str(network.low_resolution)],
        folder / pipeline.name / f"{row.network}.h5",
        pipeline.batch_size or settings["batch_size"],
        place,
        seed,
        network.files,
    )
    tiles = f", tiles of {resolver.details['tile']}" if resolver.details["tile"] else ""
    where = "ncnn" if by_ncnn else f"torch on {place}"
    return "", f"{resolver.details['precision']}{tiles}, {where}"


def _counted(ways: Sequence[str]) -> str:
    """How networks were applied, with the number of networks where they differ."""
    counts = Counter(ways)
    return "; ".join(way if len(counts) == 1 else f"{count} of {len(ways)}: {way}" for way, count in counts.items())


def _compare(
    pipelines: Sequence[str], networks: Sequence[str], folder: Path
) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Sums of `differing_pixels` over all images of all networks, for each two pipelines."""
    found = dict.fromkeys(combinations(pipelines, 2), (0, 0, 0))
    for network in progress(networks, "comparing pipelines"):
        with ExitStack() as closing:
            files = [closing.enter_context(ImageFile(folder / name / f"{network}.h5")) for name in pipelines]
            for index in range(len(files[0]) if files else 0):
                images = dict(zip(pipelines, [file.image(index) for file in files], strict=True))
                for pair, (pixels, differ, greatest) in found.items():
                    more = differing_pixels(images[pair[0]], images[pair[1]])
                    found[pair] = pixels + more[0], differ + more[1], max(greatest, more[2])
    return found


def _as_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([columns, *rows])
    return text.getvalue()
