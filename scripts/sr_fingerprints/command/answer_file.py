"""The file of answers: appended to line by line, repaired after a kill, and resumed."""

import csv
import fcntl
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sr_fingerprints.runtime.errors import InputError, system_error

if TYPE_CHECKING:
    from sr_fingerprints.attribution.decisions import Attribution

COLUMNS = (
    *(
        "image",
        "sha256",
        "width",
        "height",
        "decision",
        "answer",
        "words",
        "members",
        "probability",
        "super_resolved",
    ),
    *("candidate", "candidate_probability", "log10_likelihood_ratio", "support"),
    *("scale", "loss", "family", "prediction_set", "open_set_score", "open_set_threshold"),
    *("stable", "crops", "limits", "reason", "bundle", "bundle_sha256", "version"),
)
"""Columns of the CSV file, which docs/attribution.md describes."""

JSON_START = b'{"version": '
"""Of every line of JSON, since a dataclass keeps its order."""

UNWRITABLE = "backslashreplace"
"""For bytes of a file's name that are no UTF-8: as JSON escapes them."""

Key = tuple[str, str]
"""Digests of an image's file and of the bundle."""


def as_json_line(answer: "Attribution") -> str:
    """One line, which schemas/attribution.schema.json describes; letters of all languages as they are."""
    return json.dumps(answer.as_json(), ensure_ascii=False, allow_nan=False) + "\n"


def as_csv_line(answer: "Attribution") -> str:
    """One record of `COLUMNS`: several values in a field are separated by semicolons, what is missing is empty."""
    best = answer.candidates[0]
    parsed = {key: found.value for key, found in answer.parsers.items()}
    values = [
        *(answer.image.path, answer.image.sha256, answer.image.width, answer.image.height),
        *(answer.decision, answer.answer, answer.words),
        *("; ".join(answer.members), answer.probability, answer.super_resolved),
        *(best.name, best.probability, best.log10_likelihood_ratio, best.verbal),
        *(parsed.get(key) for key in ("scale", "loss", "family")),
        *("; ".join(answer.prediction_set), answer.open_set.score, answer.open_set.threshold),
        *(str(answer.stability.stable).lower(), answer.crops, "; ".join(answer.limits), answer.reason),
        *(answer.bundle["name"], answer.bundle["sha256"], answer.version),
    ]
    return _csv_line(values)


HEADER = ",".join(COLUMNS) + "\n"


def _csv_line(values: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


LINES = {"jsonl": as_json_line, "csv": as_csv_line}
SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv"}


class AnswerFile:
    """A file of answers that is open for appending. ``known`` are the images that it has already."""

    def __init__(self, stream: BinaryIO, path: Path, form: str):
        self._stream, self._path, self._form = stream, path, form
        content = stream.read()
        whole = _whole_lines(content, form)
        self.known = _keys(content[:whole], content[whole:], path, form)
        self.repaired = len(content) - whole
        if self.repaired:
            stream.truncate(whole)
        if form == "csv" and not whole:
            self._append(HEADER)

    def add(self, answer: "Attribution") -> bool:
        """Append an answer, unless there is one to this content by this bundle; returns whether there was none.

        Raises `InputError` where the disk is full or gone.
        """
        key = answer.image.sha256 or "", answer.bundle["sha256"] or ""
        if key in self.known:
            return False
        self._append(LINES[self._form](answer))
        self.known.add(key)
        return True

    def _append(self, line: str) -> None:
        try:
            self._stream.seek(0, os.SEEK_END)
            left = memoryview(line.encode("utf-8", UNWRITABLE))
            while left:
                left = left[self._stream.write(left) :]
        except OSError as error:
            raise InputError(f"{self._path}: cannot be written {system_error(error)}; then run again") from error


@contextmanager
def open_answers(path: Path, form: str) -> Iterator[AnswerFile]:
    """Open a file of answers of the form jsonl or csv, or begin it.

    A last line that a kill left half-written is removed, and what is whole stays. Raises `InputError` for a file that
    is something else, which is left as it is, and for one that another run is writing.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b", buffering=0)
    except OSError as error:
        raise InputError(f"{path}: cannot be written {system_error(error)}") from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(f"{path}: another run is writing it; wait for it, or give another file") from error
        except OSError:
            pass  # a drive without locks
        yield AnswerFile(stream, path, form)


def _whole_lines(content: bytes, form: str) -> int:
    """Length of the part that ends with a line's end; in CSV, a path may have one, inside quotes."""
    end = content.rfind(b"\n") + 1
    while form == "csv" and end and content.count(b'"', 0, end) % 2:
        end = content.rfind(b"\n", 0, end - 1) + 1
    return end


def _keys(whole: bytes, rest: bytes, path: Path, form: str) -> set[Key]:
    remedy = f"allowed: answers that `sr-fingerprints attribute` wrote as {form}; give another file"
    start = JSON_START if form == "jsonl" else HEADER.encode()
    begun = (whole or rest)[: len(start)]
    if not (begun == start if whole else start.startswith(begun)):
        raise InputError(f"{path}: found something else at its start; {remedy}")
    keys, number = set(), 1
    try:
        for image, bundle in _digests(whole.decode(), form):
            if not (isinstance(image, str) and isinstance(bundle, str)):
                raise ValueError
            keys.add((image, bundle))
            number += 1
    except (ValueError, LookupError, TypeError, csv.Error) as error:
        raise InputError(f"{path}: answer {number} is damaged, or something else; {remedy}") from error
    return keys


def _digests(text: str, form: str) -> Iterator[Key]:
    if form == "csv":
        for row in csv.DictReader(io.StringIO(text, newline=""), strict=True):
            yield row["sha256"], row["bundle_sha256"]
        return
    for line in text.split("\n")[:-1]:
        found = json.loads(line)
        yield found["image"]["sha256"], found["bundle"]["sha256"]
