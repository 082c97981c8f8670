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
        textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="  ")
        for text in _paragraphs(answer, bundle)
    )
    return "\n\n".join(wrapped) + "\n\n"


def _paragraphs(answer: "Attribution", bundle: "Bundle") -> Iterator[str]:
    model, best, unknown = bundle.model, answer.candidates[0], answer.open_set
    classes = len(model.sources)
    yield "DECISION. " + _decision(answer, int(model.kind("network").sum()))
    yield (
        f"PROBABILITY. Before the image is looked at, each of the {classes} sources of this bundle counts as equally "
        f"probable, {1 / classes:.3f}: that is chance. The candidates have what is left after it. The numbers were "
        "calibrated on validation images: of those with 0.9, about 90 % were of that source. They hold if the "
        "source is one of the bundle: the share of a network that is not goes to others. Where few images are "
        "super-resolved at all, many of those that are named may still be photos. All networks together "
        f"have {answer.super_resolved:.3f}, also where it is not clear which one it was."
    )
    ratio = best.log10_likelihood_ratio
    yield (
        f"LOG10 LR. How much likelier this image is if {best.words} made it than if another source of the bundle "
        f"did, as a power of ten: {ratio:z.2f} means {10 ** abs(ratio):.3g} times "
        f"{'likelier' if ratio >= 0 else 'less likely'}. It is not the probability that the source made it: that "
        "also depends on what else is known of the image's origin. It is cut off at "
        f"{model.lowest:z.2f} and {model.highest:z.2f}, since the held-out photos are too few to support more. The "
        "words are those of the ENFSI guideline of 2015."
    )
    yield (
        f"95 % SET. {len(answer.prediction_set)} of {classes} sources cannot be excluded. Of images like those that "
        "it was calibrated on, 95 % of each source have their source in the set. An empty set speaks for a source "
        "that is not in the bundle."
    )
    yield (
        f"UNKNOWN. The score {unknown.score:.3g} is the squared distance to the nearest known source. From "
        f"{unknown.threshold:.3g} on, the answer is 'unknown': {100 * unknown.false_positive_rate:.1f} % of held-out "
        "images of known sources are wrongly called so. The reverse error has no such bound: an unknown network that "
        "resembles a known one has a low score."
    )
    if answer.prnu:
        yield (
            "RESIDUAL. What a denoiser removes from the image, as far as it repeats with the upsampling of networks, "
            "is compared with that of each source (PRNU). It is evidence of another kind than the probabilities, and "
            "the decision does not depend on it. JPEG and resizing destroy it: little likeness speaks against no "
            "source. A network that is not in the bundle is most like some source, too."
        )
    changes = ", ".join(each.change for each in answer.stability.variations)
    led = "No change led" if answer.stability.stable else "A change led"
    yield (
        f"STABILITY. The image was changed a little ({changes}) and judged again. {led} to another answer. Where one "
        "does, the image is undecided, or a group is named instead of a network."
    )
    yield (
        "WHAT IT IS NOT. No number here is a proof, and none says who made an image, when, or with what intent. "
        "All were measured on the images that this bundle was made from (`sr-fingerprints bundle info`). Other "
        "processing, such as filters, screenshots or a second upscaler, can hide a fingerprint or imitate one. 'Not "
        "super-resolved' means that the image looks like photos or interpolations: not that it is authentic."
    )


def _decision(answer: "Attribution", networks: int) -> str:
    match answer.decision:
        case "network":
            told = f"Of the {networks} networks that this bundle knows, one is named"
        case "group":
            told = (
                f"Of the {networks} networks that this bundle knows, {len(answer.members)} that are mistaken for "
                "each other are named, the smallest such group that is probable enough"
            )
        case "not_super_resolved":
            told = "No network is named, since the image looks like a photo or an interpolated one"
        case "unknown":
            told = "Nothing is named, since the image is unlike everything that this bundle knows"
        case _:
            told = "Nothing is named, since the evidence does not suffice; that speaks against no source"
    return f"{told}: {answer.reason}."
