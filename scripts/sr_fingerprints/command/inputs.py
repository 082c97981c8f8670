"""Which images are meant: files, folders, patterns, and standard input."""

import glob
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sr_fingerprints.photos.sources import is_passed_over

STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Given:
    """An image to answer: a file, or the bytes of standard input."""

    name: str  # the path as given, or `STANDARD_INPUT`
    content: bytes | None = None


@dataclass(frozen=True)
class Problem:
    """Why there is no answer, in one line."""

    text: str


def given_images(arguments: Sequence[str], own: Collection[Path] = ()) -> Iterator[Given | Problem]:
    """The images that ``arguments`` name, in their order, each file once however often it is named.

    Folders are walked with their subfolders, in the order of names, without hidden files, what systems and programs
    put among photos (see `photos.sources`), and the files and folders in ``own``, which this run writes. A pattern is
    expanded where no file has its name, since not every shell does so, and quotes prevent it. Links to files are
    followed, links to folders below a given one are not.
    """
    seen: set[str] = set()
    left_out = {os.path.realpath(path) for path in own}
    for argument in arguments:
        for found in _named(argument, left_out):
            if isinstance(found, Problem):
                yield found
                continue
            key = STANDARD_INPUT if found == STANDARD_INPUT else os.path.realpath(found)
            if key in seen:
                continue
            seen.add(key)
            yield Given(found, sys.stdin.buffer.read() if found == STANDARD_INPUT else None)


def _named(argument: str, left_out: Collection[str]) -> Iterator[str | Problem]:
    if argument == STANDARD_INPUT:
        yield argument
    elif Path(argument).is_dir():
        yield from _or_problem(_files_below(argument, left_out), f"{argument}: found no files in this folder")
    elif os.path.lexists(argument):
        yield argument
    elif glob.has_magic(argument):
        matches = sorted(glob.iglob(argument, recursive=True))  # noqa: PTH207 (absolute ones too)
        if "**" in argument:
            matches = [match for match in matches if not Path(match).is_dir()]  # their files match by themselves
        kept = (match for match in matches if not is_passed_over(Path(match).name) and not _is_in(match, left_out))
        inside = (found for match in kept for found in _named(match, left_out))
        yield from _or_problem(inside, f"{argument}: no file matches")
    else:
        yield Problem(f"{argument}: not found; allowed: a file, a folder, a pattern, or -")


def _or_problem(found: Iterable[str | Problem], otherwise: str) -> Iterator[str | Problem]:
    empty = True
    for each in found:
        empty = False
        yield each
    if empty:
        yield Problem(otherwise)


def _files_below(folder: str, left_out: Collection[str]) -> Iterator[str | Problem]:
    unread: list[Problem] = []

    def note(error: OSError) -> None:
        unread.append(Problem(f"{error.filename}: cannot be read ({error.strerror}); make it readable"))

    def kept(place: str, name: str) -> bool:
        return not is_passed_over(name) and not _is_in(str(Path(place, name)), left_out)

    for place, folders, files in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if kept(place, name))
        for path in (Path(place, name) for name in sorted(files) if kept(place, name)):
            yield str(path) if path.is_file() else Problem(f"{path}: found a link to nothing, or no ordinary file")
    yield from unread


def _is_in(path: str, paths: Collection[str]) -> bool:
    return os.path.realpath(path) in paths
