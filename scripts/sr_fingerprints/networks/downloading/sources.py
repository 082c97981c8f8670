"""Sources of weights files: the ``sources`` of an entry of the table of networks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

LONGEST_NAME = 200
"""Characters; file systems allow 255 bytes, and names of the notes beside a file are slightly longer."""

BY_HAND = "by hand"
"""Source of a file that the user put into the folder of downloads."""


class SourceError(Exception):
    """A source does not have the right file; the next source may. The message has the reason.

    Text from servers and archives is shown without control characters, which could manipulate the terminal.
    """

    def __str__(self) -> str:
        return "".join(character if character.isprintable() else "?" for character in super().__str__())


@dataclass(frozen=True)
class Source:
    """One place to get a file from."""

    kind: str
    """``url``, ``drive``, ``drive_folder``, ``package``, ``path``; or ``hand``: to be provided by the user."""
    place: str
    """The URL, id on Google Drive, package or path."""
    name: str
    """Name of the file in the folder of downloads."""
    file: str = ""
    """Pattern of the one file in a folder on Google Drive, or path of the file in the package."""
    member: str = ""
    """Pattern of the one file in an archive; empty if the file is not an archive."""
    sha256: str = ""
    """Digest of the checkpoint, or its first digits."""

    def __str__(self) -> str:
        match self.kind:
            case "drive":
                return f"https://drive.google.com/file/d/{self.place}"
            case "drive_folder":
                return f"https://drive.google.com/drive/folders/{self.place} ({self.file})"
            case "package":
                return f"package {self.place}, {self.file}"
            case "url":  # without user name and password
                return re.sub(r"//[^/?#]*@", "//...@", self.place)
        return self.place

    @property
    def is_kept(self) -> bool:
        """Whether the file is kept in the folder of downloads."""
        return self.kind not in ("package", "path")

    @property
    def key(self) -> str:
        """Key of the file, or of its member, in the lock file."""
        return f"{self.name}!{self.member}" if self.member else self.name

    def describe_content(self, sha256: str) -> str:
        """Description of the expected file, with its expected digest if known."""
        what = f"a zip or tar archive with one file {self.member}" if self.member else "the network's weights"
        return f"{what}, sha256 {sha256}" if sha256 else what


def read_sources(file: Mapping[str, Any], default_name: str) -> list[Source]:
    """The sources of one file of a network, in order, preceded by the name of a file provided by hand if it differs.

    ``default_name`` is the name in the folder of downloads of a file that neither the entry nor a URL names.
    """
    sources = [_source(entry, file.get("sha256", ""), default_name) for entry in file["sources"]]
    by_hand = file.get("name", "" if sources else default_name)
    if by_hand and by_hand not in [source.name for source in sources]:
        sources.insert(0, Source("hand", BY_HAND, by_hand, sha256=file.get("sha256", "")))
    return sources


def _source(entry: Mapping[str, str], sha256: str, default_name: str) -> Source:
    match entry:
        case {"package": package, "member": file}:
            return Source("package", package, Path(file).name, file=file, sha256=entry.get("sha256", sha256))
        case {"url": url}:
            kind, place, name = "url", _direct_url(url), _name_in_url(url) or default_name
        case {"path": path}:
            kind, place, name = "path", path, Path(path).name
        case {"drive": file}:
            kind, place, name = "drive", file, default_name
        case {"drive_folder": folder}:
            kind, place, name = "drive_folder", folder, default_name
    return Source(
        kind,
        place,
        entry.get("name", name),
        entry.get("file", "*"),
        entry.get("member", ""),
        entry.get("sha256", sha256),
    )


def url_problem(url: str) -> str:
    """Message on why a URL is not allowed, and what is expected; empty if it is allowed.

    A user name and password in it would end up in logs, in the lock file and in the report.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"not a URL ({error}); expected https://host/file"
    if parts.scheme not in ("http", "https") or not host:
        return "not a URL of http or https; expected https://host/file"
    if not url.isprintable() or " " in url:
        return "a URL with blanks or control characters; expected escapes such as %20 instead"
    if parts.username is not None or parts.password is not None:
        return f"a URL with a name or password; expected one without, and both in ~/.netrc for {host}"
    return ""


def _name_in_url(url: str) -> str:
    """The file name at the end of a URL; empty if it is not a valid file name."""
    try:
        name = Path(unquote(urlsplit(url).path)).name
    except ValueError:
        return ""
    is_name = name.isprintable() and not name.startswith(".") and "\\" not in name and len(name) <= LONGEST_NAME
    return name if is_name else ""


def _direct_url(url: str) -> str:
    """The URL, changed for Dropbox from the page about a file to the file itself."""
    if url_problem(url):
        return url
    parts = urlsplit(url)
    if parts.hostname not in ("dropbox.com", "www.dropbox.com"):
        return url
    return parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | {"dl": "1"})).geturl()
