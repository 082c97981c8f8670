"""`sr-fingerprints attribute`: each image's answer to the screen or into a file."""

import argparse
import hashlib
import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sr_fingerprints.attribution.one_image import bundle_path, load_bundle
from sr_fingerprints.command.answer_file import HEADER, LINES, SUFFIXES, AnswerFile, open_answers
from sr_fingerprints.command.inputs import Given, Problem, given_images
from sr_fingerprints.command.workers import Task, answers
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.runtime.provenance import sha256_of

if TYPE_CHECKING:
    from sr_fingerprints.attribution.decisions import Attribution

logger = logging.getLogger(__name__)


def run(given: argparse.Namespace) -> bool:
    """Answer the images; returns whether each has an answer. Raises `InputError` if none can have one."""
    form = _form(given.format, given.output)
    bundle = bundle_path(given.bundle)
    if given.explain and form != "table":
        raise InputError(f"--explain: found with answers as {form}; allowed: with a table on the screen")
    own = [path for path in (given.output, given.map) if path]
    found = list(given_images(given.images, own))
    images = [each for each in found if isinstance(each, Given)]
    problems = [each for each in found if isinstance(each, Problem)]
    for problem in problems:
        logger.error("%s", problem.text)
    task = Task(bundle, given.map, _maps_in_folder(given.map, images))
    counts: Counter[str] = Counter(unanswered=len(problems))
    with ExitStack() as closing:
        if given.output:
            file = closing.enter_context(open_answers(given.output, form))
            images, add = _not_yet_in(file, given.output, images, sha256_of(bundle)), _into(file, given.output)
        else:
            add = _screen(form, bundle if given.explain else None)
        for answer in progress(answers(images, task, given.workers), "images", len(images)):
            if isinstance(answer, Problem):
                logger.error("%s", answer.text)
                counts["unanswered"] += 1
            else:
                add(answer)
                counts[answer.decision] += 1
    if given.output or len(found) > 1:
        told = ", ".join(f"{number} {decision.replace('_', ' ')}" for decision, number in counts.items() if number)
        logger.info("%s", told or "no new images")
    return not counts["unanswered"]


def _form(form: str | None, output: Path | None) -> str:
    """The form of the answers, by the option, or else by the suffix of the file, or else a table."""
    if output is None:
        return form or "table"
    if form == "table":
        raise InputError("--format: found table; allowed with --output: jsonl, csv")
    if form is None and output.suffix.lower() not in SUFFIXES:
        raise InputError(f"--output: found {output}; allowed: a name that ends with .jsonl or .csv, or --format too")
    return form or SUFFIXES[output.suffix.lower()]


def _maps_in_folder(path: Path | None, images: Sequence[Given]) -> bool:
    if path and os.path.realpath(path) in {os.path.realpath(image.name) for image in images}:
        raise InputError(f"--map: found {path}, which is an image to be answered; allowed: another name")
    if path is None or (path.suffix.lower() == ".png" and not path.is_dir()):
        if path and len(images) > 1:
            raise InputError(f"--map: found {path} for {len(images)} images; allowed: a folder, or one image")
        return False
    return True


Add = Callable[["Attribution"], None]


def _screen(form: str, explained: Path | None) -> Add:
    """Write answers to standard output, each as soon as there is one, ``explained`` by the numbers of this bundle."""
    from sr_fingerprints.command.explanation import explanation
    from sr_fingerprints.command.words import as_text

    in_colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    if form == "csv":
        sys.stdout.write(HEADER)

    def add(answer: "Attribution") -> None:
        text = LINES[form](answer) if form in LINES else as_text(answer, in_colour)
        sys.stdout.write(text + (explanation(answer, load_bundle(explained)) if explained else ""))
        sys.stdout.flush()

    return add


def _into(file: AnswerFile, path: Path) -> Add:
    def add(answer: "Attribution") -> None:
        if not file.add(answer):
            logger.info("%s: the content of an image that %s has already", answer.image.path, path)

    return add


def _not_yet_in(file: AnswerFile, path: Path, images: Sequence[Given], bundle: str) -> list[Given]:
    """The images whose content has no answer by this bundle yet; where it cannot be read, that is told later."""
    if file.repaired:
        logger.info("%s: removed a last line that was not whole", path)
    if not file.known:
        return list(images)
    left = [image for image in images if (_digest(image), bundle) not in file.known]
    logger.info("%s: has the answers to %d of %d images", path, len(images) - len(left), len(images))
    return left


def _digest(image: Given) -> str:
    if image.content is not None:
        return hashlib.sha256(image.content).hexdigest()
    with suppress(OSError):
        return sha256_of(Path(image.name)) if Path(image.name).is_file() else ""
    return ""
