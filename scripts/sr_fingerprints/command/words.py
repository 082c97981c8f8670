"""Answers as people read them: a block of text for an image, and what each of its numbers means."""

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sr_fingerprints.attribution.decisions import Attribution
    from sr_fingerprints.attribution.residual_fingerprints import PrnuEvidence

WIDTH = 100
"""Characters of a line of text."""

HEADLINES = {
    "network": "made by a network",
    "group": "made by one of several networks",
    "not_super_resolved": "not super-resolved",
    "unknown": "unknown source",
    "undecided": "undecided",
}

COLOURS = {"network": 32, "group": 32, "not_super_resolved": 36, "unknown": 33, "undecided": 33}
"""Of terminals (ECMA-48, SGR): green, cyan and yellow."""


def as_text(answer: "Attribution", in_colour: bool = False) -> str:
    """A block of lines: the decision with its reason, the candidates, and all else that was measured."""
    headline = HEADLINES[answer.decision]
    if in_colour:
        headline = f"\033[1;{COLOURS[answer.decision]}m{headline}\033[0m"
    if answer.words and answer.decision != "not_super_resolved":
        headline += f": {answer.words}"
    image = answer.image
    lines = [
        f"{image.path or 'image'}, {image.width} x {image.height} pixels",
        f"  {headline}",
        *field("probability", f"{_probability(answer.probability)} {_of(answer)}"),
        *field("any network", f"{_probability(answer.super_resolved)} that one of the bundle made it"),
        *field("reason", answer.reason),
        *_candidates(answer),
        *field("95 % set", _set(answer)),
        *field("if a network", _parsed(answer)),
        *field("unknown?", _open_set(answer)),
        *([] if answer.prnu is None else field("residual", _prnu(answer.prnu))),
        *field("stability", _stability(answer)),
        *(line for limit in answer.limits for line in field("limit", limit)),
        *field("evidence", f"{answer.crops} crop{'s' * (answer.crops > 1)}; bundle {answer.bundle['name']}"),
    ]
    return "\n".join(lines) + "\n\n"


def field(name: str, text: str) -> list[str]:
    """Lines with a name in front and a text that is wrapped beside it."""
    first = f"  {name + ':':14}"
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=" " * len(first))


def _probability(value: float) -> str:
    return "> 0.999" if value > 0.999 else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _of(answer: "Attribution") -> str:
    return {
        "network": "of this network",
        "group": "of the group",
        "not_super_resolved": "of all photos and interpolations together",
    }.get(answer.decision, "of the likeliest network, which is not named")


def _candidates(answer: "Attribution") -> list[str]:
    width = max(len(candidate.words) for candidate in answer.candidates)
    head = f"  {'candidate':{width}}  probability  log10 LR  evidence"
    return [head] + [
        f"  {found.words:{width}}  {_probability(found.probability):>11}  {found.log10_likelihood_ratio:8.2f}"
        f"  {found.verbal}"
        for found in answer.candidates
    ]


def _set(answer: "Attribution") -> str:
    words = {candidate.name: candidate.words for candidate in answer.candidates}
    names = [words.get(name, name) for name in answer.prediction_set]
    shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if names[6:] else "")
    return shown or "empty: the image is unlike every source that is known"


def _parsed(answer: "Attribution") -> str:
    return ", ".join(
        f"{key} {found.value} ({_probability(found.probabilities[found.value])})"
        for key, found in answer.parsers.items()
    )


def _open_set(answer: "Attribution") -> str:
    found = answer.open_set
    compared = "at or above" if found.score >= found.threshold else "below"
    return (
        f"score {found.score:.3g}, {compared} the threshold {found.threshold:.3g}, "
        f"which {100 * found.false_positive_rate:.1f} % of images of known sources reach"
    )


def _prnu(found: "PrnuEvidence") -> str:
    told = f"most like that of {found.words}, correlation {found.correlation:z.2f}; "
    if found.right is None:
        return told + "no held-out image reaches it"
    reached, right = (f"{100 * share:.0f} %" for share in (found.reached, found.right))
    return told + f"{reached} of held-out images reach it with any source, {right} of these with their own"


def _stability(answer: "Attribution") -> str:
    words = {candidate.name: candidate.words for candidate in answer.candidates}
    found = {
        each.change: "the same"
        if (each.decision, each.answer) == (answer.decision, answer.answer)
        else HEADLINES[each.decision] + (f" ({words.get(each.answer, each.answer)})" if each.answer else "")
        for each in answer.stability.variations
    }
    changes = "; ".join(f"{change}: {decided}" for change, decided in found.items())
    return ("stable" if answer.stability.stable else "changes") + (f" ({changes})" if changes else "")
