"""Weights that lie on this machine: checked before any job, with their digests in the table of networks.

A digest of the content, and not a time stamp, says whether a file is another one than in the last run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sr_fingerprints.networks.downloading.content import content_digest
from sr_fingerprints.networks.downloading.lock import DigestLock
from sr_fingerprints.networks.downloading.same_tensors import ALLOWED, remembered_digest
from sr_fingerprints.networks.downloading.sources import SourceError, read_sources
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.remembered import remembered
from sr_fingerprints.study.network_row import NetworkRow, suffix_of_weights
from sr_fingerprints.study.paths import UNEXPANDED, expanded, variable_in

DIGITS = 64
"""Of a whole SHA-256; the table of networks has shortened ones too."""


def with_digests(
    rows: Sequence[NetworkRow], own: Sequence[str], table: str | Path, memory: Path, in_job: bool = False
) -> list[NetworkRow]:
    """The ``rows``, with the SHA-256 of each local file beside its path, so that a changed file makes another row.

    own: names of the user's own networks in the order of ``networks.own``; others are from the file ``table``.
    memory: folder that remembers digests of files between runs.
    in_job: leave files as they are that have gone or changed since the run began: the job that copies one tells it,
        and others do not need it.

    Raises `InputError` with the key and the path for a file that is the only source of a network and is missing,
    unreadable, empty or a web page, and for one that has not the ``sha256`` that is given for it.
    """
    return [
        replace(row, files={suffix: _with_digest(row, suffix, own, table, memory, in_job) for suffix in row.files})
        for row in rows
    ]


def may_be_one(row: NetworkRow, other: NetworkRow) -> bool:
    """Whether two networks with files make the same images if their files are the same.

    Otherwise they have other scales, as LIIF may, or rows say that files for ncnn are applied in other ways: other
    constants (the noise levels of SRMD), another output.
    """
    outputs = [each.run["output_blob"] for each in (row, other) if "output_blob" in each.run]
    applied = [(each.scale, each.run.get("constants"), each.run.get("skip", "none")) for each in (row, other)]
    return bool(row.files and other.files) and applied[0] == applied[1] and len(set(outputs)) < 2


def check_distinct(rows: Sequence[NetworkRow], own: Sequence[str], memory: Path) -> None:
    """Raise `InputError` for two networks that `may_be_one` with the same files: nobody can tell their images apart.

    The ``rows`` are those of `with_digests`. Known here are the digests of bytes that they have, those of tensors and
    layers of local files, and URLs; `same_tensors.check_distinct` compares what was downloaded.
    """
    first: list[tuple[NetworkRow, list[set[str]]]] = []
    for row in sorted(rows, key=lambda row: row.network in own):  # the message names the user's own one
        identities = [_identities(file, suffix, memory) for suffix, file in row.files.items()]
        for other, known in first if row.network in own else []:
            if may_be_one(row, other) and all(one & two for one, two in zip(identities, known, strict=False)):
                key = f"configuration: networks.own.{own.index(row.network)}"
                raise InputError(
                    f"{key}: found {row.network!r} ({_place(row)}), whose weights are those of {other.network!r} "
                    f"({_place(other)}), so that nobody can tell their images apart; allowed: {ALLOWED}"
                )
        first.append((row, identities))


def _place(row: NetworkRow) -> str:
    sources = row.files[suffix_of_weights(row.files)]["sources"]
    return next((source.get("path", source.get("url")) for source in sources), None) or row.network


def _identities(file: Mapping[str, Any], suffix: str, memory: Path) -> set[str]:
    """What only the same files have in common: digests of bytes and of content, and where they are from."""
    digests = {each.get("sha256", "") for each in (file, *file["sources"])}
    found = {digest for digest in digests if len(digest) == DIGITS}
    for source in file["sources"]:
        path = expanded(source.get("path", ""))
        if "path" in source and "member" not in source and path.is_file():
            found.add(f"content {remembered_digest(path, suffix, memory)}")
        elif "url" in source:
            found.add(f"{source['url']} {source.get('member', '')}")
    return found


def check_downloads(
    rows: Sequence[NetworkRow], own: Sequence[str], table: str | Path, downloads: Path, lock: Path, memory: Path
) -> None:
    """Raise `InputError` for a file in ``downloads`` that is another one than when its network was first used.

    ``lock`` has the digests of first downloads. No job would read the new file: the study has a copy of the former.
    Networks whose digest is in the table are left out: their jobs compare it.
    """
    for row in rows:
        recorded = DigestLock(lock, row.network)
        for suffix, file in row.files.items():
            for source in read_sources(file, default_name=f"{row.network}.{suffix}"):
                path, former = downloads / source.name, recorded.expected(source)
                if not source.is_kept or len(source.sha256) == DIGITS or not former or not path.is_file():
                    continue
                try:
                    found = _sha256(path, source.member, memory)
                except (OSError, SourceError):
                    continue
                if found != former:
                    place = _key(row, suffix, own, table).rpartition(".")[0]
                    raise InputError(
                        f"{path}: found another file (sha256 {found}) than when {row.network} was first used, which "
                        f"{lock} records; allowed: that file ({former}), or, to use this one, "
                        f"`sha256: {found}` in {place.removeprefix('configuration: ')}"
                    )


def _with_digest(
    row: NetworkRow, suffix: str, own: Sequence[str], table: str | Path, memory: Path, in_job: bool
) -> dict[str, Any]:
    file = row.files[suffix]
    key = _key(row, suffix, own, table)
    sources: list[Mapping[str, Any]] = []
    for source in file["sources"]:
        if "path" not in source:
            sources.append(source)
            continue
        try:
            digest = _sha256(expanded(source["path"]), source.get("member", ""), memory)
        except (OSError, SourceError) as error:
            if in_job or len(file["sources"]) > 1 or "name" in file:  # the job tries the others
                sources.append(source)
                continue
            reason = error.strerror if isinstance(error, OSError) else error
            allowed = "the path of a file with the weights"
            if variable_in(source["path"]):
                allowed += f" ({UNEXPANDED})"
            elif isinstance(error, FileNotFoundError) and not expanded(source["path"]).is_absolute():
                allowed += f", whole or from {Path.cwd()}"
            raise InputError(f"{key}: found {source['path']!r} ({reason}); allowed: {allowed}") from error
        expected = source.get("sha256", file.get("sha256", ""))
        if not digest.startswith(expected):
            if in_job:  # which compares it
                sources.append(source)
                continue
            place = f"{key.rpartition('.')[0]}.sha256"
            raise InputError(f"{place}: found {expected!r}; allowed: that of {source['path']}, {digest}")
        sources.append({**source, "sha256": digest})
    return {**file, "sources": sources}


def _key(row: NetworkRow, suffix: str, own: Sequence[str], table: str | Path) -> str:
    """Where the file is named: in the configuration, or in the table of networks."""
    if row.network not in own:
        return f"{table}: {row.network}.files.{suffix}.sources"
    name = suffix if row.framework == "ncnn" else "weights"
    return f"configuration: networks.own.{own.index(row.network)}.{name}"


def _sha256(path: Path, member: str, memory: Path) -> str:
    if path.is_dir():
        raise SourceError("a folder")
    name = f"sha256 of {member.replace('/', ' ')}.json" if member else "sha256.json"
    return remembered([path], partial(content_digest, member=member), memory / name)[path]
