"""Find source photos: the files of the user's folder, or those that come with installed packages."""

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from sr_fingerprints.runtime.errors import InputError

# By name, package and path of files that scikit-image, scikit-learn and matplotlib install.
BUNDLED = {
    "astronaut": ("skimage", "data/astronaut.png"),
    "chelsea": ("skimage", "data/chelsea.png"),
    "china": ("sklearn", "datasets/images/china.jpg"),
    "coffee": ("skimage", "data/coffee.png"),
    "flower": ("sklearn", "datasets/images/flower.jpg"),
    "grace_hopper": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
    "gravel": ("skimage", "data/gravel.png"),
    "hubble": ("skimage", "data/hubble_deep_field.jpg"),
    "ihc": ("skimage", "data/ihc.png"),
    "motorcycle": ("skimage", "data/motorcycle_left.png"),
    "retina": ("skimage", "data/retina.jpg"),
    "rocket": ("skimage", "data/rocket.jpg"),
}

NOT_OF_THE_USER = {
    *("@eadir", "@tmp", "@sharebin", "@recycle", "@recently-snapshot", "#recycle", "#snapshot"),  # network drives
    *("$recycle.bin", "recycler", "system volume information", "found.000"),  # Windows
    *("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini"),
    *("__macosx", "icon\r", "network trash folder", "temporary items", "lost+found"),  # macOS, Linux
    *("ipod photo cache", "picasa.ini", "pspbrwse.jbf", "zbthumbnail.info"),  # programs for photos
}
"""Folders and files, in lower case, that systems and programs put among photos: thumbnails, deleted files."""

SUFFIXES_NOT_OF_THE_USER = r"@Syno\w+|:Zone\.Identifier|\.lrdata"
"""Of Synology (``photo.jpg@SynoEAStream``), of what Windows has from the web, and of Lightroom's previews."""

LIBRARY, ORIGINALS = ".photoslibrary", ("originals", "masters")
"""Folders of Apple Photos, and those in them that have no reduced versions of the photos."""

CLOCK_TOLERANCE = 60
"""Seconds by which the clock of another machine, such as a file server, may be ahead of this one's."""


def photo_sources(folder: str | None, bundled: Sequence[str]) -> dict[str, Path]:
    """Source photos by name: the files below ``folder``, or without a folder the bundled ones.

    Hidden files and folders, and those of `NOT_OF_THE_USER`, are passed over. A file's name is its path below the
    folder. Raises `InputError` for an empty folder, for unreadable files or
    folders in it, for names and times that Snakemake cannot handle, and for a bundled photo that is missing.
    """
    if folder is None:
        return {name: _bundled_file(name) for name in bundled}
    return _photos_below(folder)


def _photos_below(folder: str) -> dict[str, Path]:
    sources = {path.relative_to(folder).as_posix(): path for path in sorted(_files_in(folder))}
    if not sources:
        raise InputError(f"{folder}: found no files; give a folder of photos")
    return sources


def source_files(
    inputs: Sequence[str | Path], names: Sequence[str] | None, fraction: float = 1, seed: int = 0
) -> dict[str, Path]:
    """Source photos by name: ``inputs`` of these ``names``; or, without names, those in folders of fetched ones.

    Of several folders, the folder is part of a photo's name. A ``fraction`` of the fetched photos is drawn as
    `random_fraction` does. Raises `InputError` for one that is another file than was fetched.
    """
    if names is not None:
        return dict(zip(names, map(Path, inputs), strict=True))
    from sr_fingerprints.photos.fetching.record import check_unchanged

    folders = list(map(Path, inputs))
    found = {
        f"{folder.name}/{name}" if len(folders) > 1 else name: path
        for folder in folders
        for name, path in _photos_below(str(folder)).items()
    }
    drawn = found if fraction == 1 else random_fraction(found, fraction, seed)
    for folder in folders:
        check_unchanged(folder, [path.name for path in drawn.values() if path.parent == folder])
    return drawn


def random_fraction(sources: Mapping[str, Path], fraction: float, seed: int) -> dict[str, Path]:
    """Draw a fraction of the source photos, at least one, at random without replacement."""
    count = max(1, round(fraction * len(sources)))
    chosen = np.random.default_rng(seed).permutation(sorted(sources))[:count].tolist()
    return {name: sources[name] for name in sorted(chosen)}


def _files_in(folder: str) -> Iterator[Path]:
    """Yield the files in ``folder`` and its subfolders, except those passed over."""

    def refuse(error: OSError) -> None:
        raise InputError(
            f"{error.filename}: cannot be read ({error.strerror}); make it readable, or move it elsewhere"
        )

    for place, folders, files in os.walk(folder, onerror=refuse):
        is_library = Path(place).name.lower().endswith(LIBRARY)
        folders[:] = [name for name in folders if not is_library or name.lower() in ORIGINALS]
        folders[:] = [name for name in folders if not is_passed_over(name)]
        files = [] if is_library else [name for name in files if not is_passed_over(name)]
        for path in (Path(place, name) for name in (*folders, *files)):
            if path.is_symlink() and not path.is_file():
                remedy = "give the photos themselves, or links to them"
                raise InputError(f"{path}: a link to {path.readlink()}, which is not a file; {remedy}")
            if path.is_file():
                _check_name_and_time(path)
                yield path


def is_passed_over(name: str) -> bool:
    """Whether a file or folder is hidden, or not the user's."""
    of_others = re.search(rf"(?i:{SUFFIXES_NOT_OF_THE_USER})$", name)
    return name.startswith(".") or name.lower() in NOT_OF_THE_USER or bool(of_others)


def _check_name_and_time(path: Path) -> None:
    """Raise `InputError` for wildcards in a name, a name that is not UTF-8, or a modification time in the future.

    Snakemake cannot handle these.
    """
    if re.search(r"[{}]|<\w+>", str(path)):
        raise InputError(f"{path}: braces, or a word in <>, in its name, which Snakemake would expand; rename it")
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(path).decode(errors="replace")
        raise InputError(f"{shown}: its name is not UTF-8; rename it") from error
    changed = path.stat().st_mtime
    if changed > time.time() + CLOCK_TOLERANCE:
        found = f"{time.ctime(changed)}, in the future: Snakemake would consider everything made from it out of date"
        raise InputError(f"{path}: last changed on {found}; `touch` it, or set this machine's clock")


def _bundled_file(name: str) -> Path:
    package, file = BUNDLED[name]
    specification = find_spec(package)
    if specification is None or specification.origin is None:
        raise InputError(f"photo {name!r}: {package} is missing; install it")
    path = Path(specification.origin).parent / file
    if not path.is_file():
        raise InputError(f"photo {name!r}: {path} is missing; install {package} again")
    return path
