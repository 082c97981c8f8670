"""Checks of ``photos`` and ``datasets``: where photos come from, and how they are split."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from math import ceil, inf
from pathlib import Path
from typing import Any

from sr_fingerprints.photos.fetching.photographs import Photographs
from sr_fingerprints.runtime.errors import InputError, listed
from sr_fingerprints.study.experiments import Experiment, experiment_table
from sr_fingerprints.study.networks import training_datasets
from sr_fingerprints.study.paths import UNEXPANDED, variable_in
from sr_fingerprints.study.photographs_table import fetched_names

OTHER_SUFFIXES = {
    *(".md", ".rst", ".txt", ".csv", ".tsv", ".json", ".yaml", ".yml", ".xml", ".xmp", ".html", ".htm", ".log"),
    *(".pdf", ".doc", ".docx", ".odt", ".xls", ".xlsx", ".ods", ".ppt", ".pptx", ".py", ".ipynb", ".mat", ".npy"),
    *(".avi", ".m4a", ".m4v", ".mkv", ".mov", ".mp3", ".mp4", ".mpg", ".wav", ".webm", ".wmv"),
    *(".7z", ".bz2", ".exe", ".gz", ".iso", ".rar", ".tar", ".tgz", ".xz", ".zip", ".zst"),
}
"""What files often lie among photos and are none, by their suffixes in lower case."""


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    photos = config["photos"]
    used = [name for name in training_datasets(config["networks"]) if name in config["datasets"]]
    sources = {"photos": photos} | {f"datasets.{name}": config["datasets"][name] for name in used}
    for key, source in sources.items():
        folder = source["folder"]
        if names := fetched_names(source):
            if folder is not None:
                found = f"found {listed(names)}, and {key}.folder is {folder!r}"
                yield f"{key}.fetch: {found}; allowed: one of them, the other null"
            continue
        if folder is None and not source["bundled"]:
            yield f"{key}.bundled: found [], and {key}.folder is null; allowed: one of them, or fetch, names photos"
        if folder is not None and not Path(folder).is_dir():
            hint = f" ({UNEXPANDED})" if variable_in(folder) else ""
            yield f"{key}.folder: found {folder!r}, which is not a folder; allowed: a folder of photos{hint}"
    yield from _split_problems(config)


def _split_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Shares that do not sum to 1, and splits that are needed but empty."""
    photos = config["photos"]
    total = sum(photos["split"].values())
    if abs(total - 1) > 1e-6:
        yield f"photos.split: found shares that sum to {total:g}; allowed: shares that sum to 1"
    needed = {"train": "experiments learn from them", "test": "experiments are evaluated on them"}
    if any(not row.is_prnu for row in experiment_table(config["experiments"]).values()):
        needed["validation"] = "the best epoch of classifiers is chosen on them"
    for name, why in needed.items():
        if not photos["split"][name]:
            yield f"photos.split.{name}: found {photos['split'][name]}; allowed: more than 0, since {why}"


def problems_with_fetched(config: Mapping[str, Any], table: Mapping[str, Photographs]) -> Iterator[str]:
    """Yield, like `problems`, names that are not in the ``table``, and photographs that are used twice."""
    used = [name for name in training_datasets(config["networks"]) if name in config["datasets"]]
    sections = {"photos": config["photos"]} | {f"datasets.{name}": config["datasets"][name] for name in used}
    fetched = {key: fetched_names(section) for key, section in sections.items()}
    for key, names in fetched.items():
        for name in names:
            if name not in table:
                yield f"{key}.fetch: found {name!r}; allowed: names of resources/photographs.yaml: {listed(table)}"
                return
        for first, second in combinations(names, 2):
            if table[first].shares_images_with(table[second]):
                yield f"{key}.fetch: found {first} and {second}, which share images; allowed: one of them"
    for key, names in list(fetched.items())[1:]:
        for mine, theirs in product(fetched["photos"], names):
            if table[mine].shares_images_with(table[theirs]):
                yield f"{key}.fetch: found {theirs}, images of which photos.fetch has by {mine}; allowed: others"


def problems_with_sources(config: Mapping[str, Any], names: Sequence[str] | None, number: int) -> Iterator[str]:
    """Yield, like `problems`, each problem that depends on ``names`` of the source photos, or on their ``number``.

    Whether figures.photo is a test photo is known only for bundled photos: among others, copies are left out when
    they are read. Names of photographs that are yet to be fetched are None.
    """
    photos, photo = config["photos"], config["figures"]["photo"]
    used = [split for split, share in photos["split"].items() if share]
    if number < len(used):
        key = "fetch" if names is None else "bundled" if photos["folder"] is None else "folder"
        yield f"photos.{key}: found {number} photo(s); allowed: at least {len(used)}, one each for {listed(used)}"
    elif photo is not None and names is not None:
        possible = names
        if photos["folder"] is None:
            from sr_fingerprints.photos.preparation import split_sources

            split = split_sources(sorted(names), photos["split"], config["seed"])
            possible = [name for name in names if split[name] == "test"]
        if not any(photo == name or _is_tile(photo, name, photos["tile"]) for name in possible):
            shown = listed([*possible[:20], "..."] if len(possible) > 20 else possible)
            test = "test photo" if photos["folder"] is None else "test photo among"
            yield f"figures.photo: found {photo!r}; allowed: null, or a {test}: {shown}"
    yield from _too_many_training_photos(config, number)
    yield from _prnu_problems(config, number)


def problems_with_files(key: str, files: Mapping[str, Path]) -> Iterator[str]:
    """Yield, like `problems`, files of the folder of ``key`` that are no photos, by their names and their content.

    ``files`` are those of the folder by name. What is wrong with one that may be a photo, the job that reads it says.
    """
    others = [name for name, path in files.items() if _is_no_photo(path)]
    if others:
        shown = listed([*map(repr, others[:3]), *([f"{len(others) - 3} more"] if len(others) > 3 else [])])
        skip = ", or set photos.skip_unreadable: true" if key == "photos" else ""
        yield f"{key}.folder: found {shown}, no photos; allowed: photos alone; move others elsewhere{skip}"


def _is_no_photo(path: Path) -> bool:
    """Whether a file is of another kind by its suffix, and no photo by its content."""
    if path.suffix.lower() not in OTHER_SUFFIXES:
        return False
    from sr_fingerprints.photos.reading import UnreadPhotoError, decode_photo

    try:
        decode_photo(path)
    except UnreadPhotoError:
        return False
    except InputError:
        return True
    return False


def _too_many_training_photos(config: Mapping[str, Any], sources: int) -> Iterator[str]:
    """Experiments that learn from more training photos than there can be."""
    most = ceil(config["photos"]["split"]["train"] * sources)
    for row, experiment in enumerate(config["experiments"]):
        count = experiment.get("training_photos")
        if count is not None and count > most:
            yield f"experiments.{row}.training_photos: found {count}; allowed: up to {most}, the most there can be"


def _prnu_problems(config: Mapping[str, Any], sources: int) -> Iterator[str]:
    """Fingerprints from more training photos, or tiles, than there can be."""
    photos = config["photos"]
    tile, longest, tiles = (photos[key] for key in ("tile", "longest_side", "tiles"))
    if tile is not None and longest is None and tiles is None:  # photos of any size have any number of tiles
        return
    kept = tiles["train"] if isinstance(tiles, Mapping) else tiles
    limits = [kept or inf, (longest // tile) ** 2 if tile and longest else inf]
    most = ceil(photos["split"]["train"] * sources) * (1 if tile is None else int(min(limits)))
    for row, experiment in enumerate(config["experiments"]):
        if Experiment(**experiment).is_prnu:
            count = (config["prnu"] | experiment.get("prnu", {}))["training_photos"]
            if count is not None and count > most:
                key = f"experiments.{row}.prnu" if "training_photos" in experiment.get("prnu", {}) else "prnu"
                yield f"{key}.training_photos: found {count}; allowed: null, or up to {most}, the most there can be"


def _is_tile(photo: str, source: str, tile: int | None) -> bool:
    """Whether a name is that of a tile of a source photo: with its top and left, which the tile's side divides."""
    rest = photo.removeprefix(f"{source}-").split("-")
    return (
        tile is not None
        and photo.startswith(f"{source}-")
        and len(rest) == 2
        and all(side.isdecimal() and str(int(side)) == side and int(side) % tile == 0 for side in rest)
    )
