"""The lock file: digests and sources of weights when first downloaded, which later downloads have to match."""

import json
from pathlib import Path

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.networks.downloading.sources import Source, SourceError
from sr_fingerprints.runtime.errors import InputError, explain_unread
from sr_fingerprints.runtime.locks import change_lock


class DigestLock:
    """The entries of one network in the lock file: ``{network: {name!member: {"sha256": ..., "source": ...}}}``."""

    def __init__(self, path: Path, network: str):
        self._path = path
        self._network = network

    def expected(self, source: Source) -> str:
        """The digest in the table or the lock, the longer one if both have it; empty if neither does."""
        return max(source.sha256, self._recorded(source), key=len)

    def check(self, source: Source, digest: str) -> None:
        """Raise `SourceError` if a digest differs from the table's, or from the recorded one.

        A full digest in the table takes precedence over the recorded one. A local file has none recorded.
        """
        if not digest.startswith(source.sha256):
            what = (
                "changed since this run began, or another file"
                if source.kind == "path"
                else "damaged or another file"
            )
            raise SourceError(f"{what} (sha256 {digest}, not {source.sha256})")
        if source.sha256 != digest and not digest.startswith(recorded := self._recorded(source)):
            raise SourceError(
                f"not the file that was first downloaded (sha256 {digest}, not {recorded}, which {self._path} "
                f"records); if it is the one you want, give {self._network} this `sha256`"
            )

    def record(self, source: Source, digest: str, origin: str) -> None:
        """Record a digest and the file's origin, unless this digest is recorded already."""
        if self._recorded(source) == digest:
            return
        with change_lock(self._path.with_name(f".{self._path.name}.lock")):
            networks = self._read()
            networks.setdefault(self._network, {})[source.key] = {"sha256": digest, "source": origin}
            write_text(self._path, json.dumps(networks, indent=2, sort_keys=True) + "\n")

    def _recorded(self, source: Source) -> str:
        if source.kind == "path":
            return ""
        return self._read().get(self._network, {}).get(source.key, {}).get("sha256", "")

    def _read(self) -> dict[str, dict[str, dict[str, str]]]:
        try:
            with explain_unread(self._path):
                networks: dict[str, dict[str, dict[str, str]]] = json.loads(self._path.read_text(encoding="utf-8"))
            return networks
        except InputError:
            raise
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise InputError(
                f"{self._path}: not JSON ({error}); repair it, or remove it to record digests again"
            ) from error
