"""The digests of the weights that came first, and where they came from: what comes later has to be the same."""

import json
from pathlib import Path

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.networks.downloading.sources import Source, SourceError
from sr_fingerprints.runtime.errors import InputError


class DigestLock:
    """The entries of one network in the lock file: ``{network: {name!member: {"sha256": ..., "source": ...}}}``."""

    def __init__(self, path: Path, network: str):
        self._path = path
        self._network = network

    def expected(self, source: Source) -> str:
        """The digest that the table or the lock demands, in full if it is known in full; empty if neither does."""
        return max(source.sha256, self._recorded(source), key=len)

    def check(self, source: Source, digest: str) -> None:
        """Raise `SourceError` for a digest that is not the table's, or else not the one recorded.

        A full digest in the table overrules what is recorded.
        """
        if not digest.startswith(source.sha256):
            raise SourceError(f"damaged or another file (sha256 {digest}, not {source.sha256})")
        if source.sha256 != digest and not digest.startswith(recorded := self._recorded(source)):
            raise SourceError(
                f"not the file that came first (sha256 {digest}, not {recorded}, which {self._path} records; "
                f"remove that entry if the new file is the one you want)"
            )

    def record(self, source: Source, digest: str, origin: str) -> None:
        """Remember a digest and where the file came from, unless this digest is recorded already."""
        from filelock import FileLock

        if self._recorded(source) == digest:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._path.with_name(f".{self._path.name}.lock")):
            networks = self._read()
            networks.setdefault(self._network, {})[source.key] = {"sha256": digest, "source": origin}
            write_text(self._path, json.dumps(networks, indent=2, sort_keys=True) + "\n")

    def _recorded(self, source: Source) -> str:
        return self._read().get(self._network, {}).get(source.key, {}).get("sha256", "")

    def _read(self) -> dict[str, dict[str, dict[str, str]]]:
        try:
            networks: dict[str, dict[str, dict[str, str]]] = json.loads(self._path.read_text(encoding="utf-8"))
            return networks
        except FileNotFoundError:
            return {}
        except json.JSONDecodeError as error:
            raise InputError(f"{self._path}: not JSON ({error}); mend it, or remove it to record anew") from error
