"""Zip files of which the same content gives the same bytes."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from sr_fingerprints.files.atomic import atomic_path
from sr_fingerprints.runtime.errors import explain_unread
from sr_fingerprints.runtime.progress import progress

TIME = (1980, 1, 1, 0, 0, 0)
"""Of every entry: the earliest that the format knows."""

MODE = 0o100644 << 16
UNIX = 3

PACKED = {".png", ".jpg", ".safetensors"}
"""Suffixes of files that do not become smaller."""


def write_zip(path: Path, files: Mapping[str, bytes | Path]) -> None:
    """Write files by their names in the archive, in this order; it appears under its name when it is complete.

    Raises `InputError` when a file cannot be read, or the archive not be written.
    """
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, content in progress(files.items(), "files", len(files)):
            entry = zipfile.ZipInfo(name, TIME)
            entry.create_system, entry.external_attr = UNIX, MODE
            entry.compress_type = zipfile.ZIP_STORED if Path(name).suffix in PACKED else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content_of(content))


def content_of(content: bytes | Path) -> bytes:
    """The content itself, or of the file. Raises `InputError` when it cannot be read."""
    if isinstance(content, bytes):
        return content
    with explain_unread(content):
        return content.read_bytes()
