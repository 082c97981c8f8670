"""What each number of an answer means, in plain words, for people who have to act on it."""

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sr_fingerprints.command.words import WIDTH

if TYPE_CHECKING:
    from sr_fingerprints.attribution.bundle import Bundle
    from sr_fingerprints.attribution.decisions import Attribution


def explanation(answer: "Attribution", bundle: "Bundle") -> str:
    """Paragraphs about the decision, its numbers, what they are worth and what they do not mean."""
    wrapped = (
        textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="  ") for text in _paragraphs(answer, bundle)
    )
    return "\n\n".join(wrapped) + "\n\n"


def _paragraphs(answer: "Attribution", bundle: "Bundle") -> Iterator[str]:
    model, best = bundle.model, answer.candidates[0]
    classes = len(model.sources)
    networks = int(model.kind("network").sum())
    yield "DECISION. " + _decision(answer, networks)
    yield (
        f"PROBABILITY. Before the image was looked at, each of the {classes} sources of this bundle counts as equally "
        f"probable, {1 / classes:.3f}; that is the chance level. The numbers behind the candidates are what is left "
        "after it: of validation images with a probability of 0.9, about 90 % were of that source. They hold if the "
        "source is one of the bundle; a network that is not in it takes its share from others."
    )
    ratio = best.log10_likelihood_ratio
    yield (
        f"LOG10 LR. How much likelier this image is if {best.words} made it than if another source of the bundle did, "
        f"as a power of ten: {ratio:.2f} means {10**abs(ratio):.3g} times {'likelier' if ratio >= 0 else 'less likely'}. "
        "It is no probability that the source made it: whoever knows more of the image's origin weighs both together. "
        f"It is cut off at {model.lowest:.2f} and {model.highest:.2f}, since as many photos as were held out "
        "support no more. The words are those of the ENFSI guideline of 2015."
    )
    yield (
        f"95 % SET. {len(answer.prediction_set)} of {classes} sources cannot be excluded. Of images like those that it "
        "was calibrated on, 95 % of each source have their source in the set. An empty set speaks for an unknown source."
    )
    found = answer.open_set
    yield (
        f"UNKNOWN. The score {found.score:.3g} is the distance to the nearest known source; about 1 is usual. From "
        f"{found.threshold:.3g} on, the answer is 'unknown'. {100 * found.false_positive_rate:.1f} % of held-out images "
        "of known sources are wrongly called so. The reverse error is not bounded: an unknown network that resembles a "
        "known one has a low score."
    )
    changes = ", ".join(each.change for each in answer.stability.variations)
    yield (
        f"STABILITY. The image was changed a little ({changes}) and judged again. "
        + ("No change led to another answer." if answer.stability.stable else "A change led to another answer.")
        + " Where an answer turns into another one, none is given."
    )
    yield (
        "WHAT IT IS NOT. No score is a proof, and none says who made an image, when, or with what intent. Everything was "
        "measured on the images that this bundle was made from (`sr-fingerprints bundle info`); other processing, such "
        "as filters, screenshots or a second upscaler, was not, and can hide or imitate a fingerprint. 'Not "
        "super-resolved' means that no trace of a known network was found: not that the image is authentic."
    )


def _decision(answer: "Attribution", networks: int) -> str:
    match answer.decision:
        case "network":
            return f"Of the {networks} networks that this bundle knows, {answer.words} is named: {answer.reason}."
        case "group":
            return f"Networks that cannot be told apart reliably are named together: {answer.reason}."
        case "not_super_resolved":
            return f"No network is named, since it looks like a photo or an interpolated one: {answer.reason}."
        case "unknown":
            return f"Nothing is named, since the image is unlike everything that the bundle knows: {answer.reason}."
    return f"Nothing is named, since the evidence does not suffice; this is no answer against any source: {answer.reason}."
