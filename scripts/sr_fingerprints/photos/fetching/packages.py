"""Photographs in packages of Debian (``.deb`` files), taken out of them without installing anything."""

import hashlib
import io
import logging
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sr_fingerprints.networks.downloading.sources import SourceError

logger = logging.getLogger(__name__)

MAGIC = b"!<arch>\n"
"""How an ar archive begins; a .deb file is one."""

HEADER = 60
"""Bytes before each member of an ar archive: its name (16), and from byte 48 its size in decimal digits (10)."""


@dataclass(frozen=True)
class PackagedPhoto:
    """A row of the table: the name that a ``photo`` gets, where it comes from, and whose it is."""

    photo: str
    package: str
    version: str  # of the package that the digest was taken from; others may have the same file
    file: str  # path in the package
    sha256: str
    licence: str  # as the package states it, for the photo or for all its files
    author: str


def packaged_photos(table: str | Path, packages: Collection[str]) -> dict[str, list[PackagedPhoto]]:
    """The rows of the table (TSV) that are in these packages, by package."""
    rows = pd.read_csv(table, sep="\t", dtype=str, quoting=3).to_dict("records")
    photos = [PackagedPhoto(**{str(key): value for key, value in row.items()}) for row in rows]
    return {package: [photo for photo in photos if photo.package == package] for package in packages}


def files_of(folder: Path, photo: PackagedPhoto) -> list[Path]:
    """Files in ``folder`` of any version of the photo's package, that of the table last."""
    version = photo.version.replace(":", "%3a")
    named = (f"{photo.package}_{version}_", f"{photo.package}_{photo.version.rpartition(':')[2]}_")
    return sorted(folder.glob(f"{photo.package}_*.deb"), key=lambda path: (path.name.startswith(named), path.name))


def download_by_apt(package: str, folder: Path) -> Path | None:
    """Have ``apt-get`` download a package from this machine's own archive into ``folder``; None if it cannot."""
    apt = shutil.which("apt-get")
    if not apt:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".apt-") as temporary:
        done = subprocess.run([apt, "download", package], cwd=temporary, capture_output=True, text=True)
        found = sorted(Path(temporary).glob(f"{package}_*.deb"))
        if done.returncode or not found:
            logger.warning("apt-get download %s: %s", package, " ".join(done.stderr.strip().splitlines()[-1:]))
            return None
        return found[0].replace(folder / found[0].name)


def photos_in(package: Path, photos: Sequence[PackagedPhoto]) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each photo in a package's file.

    Raises `SourceError` for a damaged file, and for one with other photos.
    """
    wanted: Mapping[str, PackagedPhoto] = {photo.file: photo for photo in photos}
    contents: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(_data_archive(package))) as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                if name in wanted and (file := archive.extractfile(member)):
                    contents[name] = file.read()
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        raise SourceError(f"not a whole package of Debian ({error})") from error
    for name, photo in wanted.items():
        if name not in contents:
            raise SourceError(f"has no {name}; allowed: version {photo.version}, of Debian 12")
        found = hashlib.sha256(contents[name]).hexdigest()
        if found != photo.sha256:
            raise SourceError(f"{name} has SHA-256 {found}; allowed: {photo.sha256}, as in version {photo.version}")
        yield photo.photo, contents[name]


def _data_archive(package: Path) -> bytes:
    """The installed files of a .deb file, as a compressed tar archive. Raises `ValueError` if it has none."""
    content = package.read_bytes()
    if not content.startswith(MAGIC):
        raise ValueError("no ar archive")
    start = len(MAGIC)
    while start + HEADER <= len(content):
        header = content[start : start + HEADER]
        size = int(header[48:58])
        start += HEADER
        if header[:16].decode("ascii", "replace").startswith("data.tar"):
            if start + size > len(content):
                raise ValueError("its end is missing")
            return content[start : start + size]
        start += size + size % 2
    raise ValueError("no data.tar in it")
