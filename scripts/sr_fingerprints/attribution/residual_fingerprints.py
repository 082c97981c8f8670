"""Residual fingerprints of a bundle's sources, folded by the period of the networks' upsampling: PRNU for any image.

The fingerprint of the PRNU baseline is a mean residual at fixed places of an image; moved by one pixel it says
nothing (docs/prnu.md). What of it is in an image of any size and crop is the part that repeats with the period of the
upsampling: the mean of blocks of that many pixels. An image is folded likewise, and compared at every phase.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sr_fingerprints.attribution.crops import crop_boxes
from sr_fingerprints.runtime.errors import InputError

Folded = npt.NDArray[np.float32]
"""Residuals that are folded, (n, period, period, 3), in 8-bit levels."""

DENOISER, SIGMA = "wavelet", 5.0  # as the baseline's
SQUARE = 240
"""Pixels: side of the squares that are looked at, the largest multiple of the period up to it."""

MOST_SQUARES = 4
CLIPPED = 0.5
"""Levels: residuals are clipped to as much of either sign, so that edges and textures do not outweigh the rest."""

FLAT = 1e-3
"""Levels; a smaller residual is one of rounding."""


@dataclass(frozen=True)
class FoldedResiduals:
    """Folded residuals of ``n`` images of a study."""

    values: Folded  # (n, period, period, 3)
    name: npt.NDArray[np.str_]  # (n,), of what made the image
    is_train: npt.NDArray[np.bool_]  # (n,), whether it is a training image; the others are held out

    def of(self, name: str) -> tuple[Folded, Folded] | None:
        """Those of the training and of the held-out images of one source; None if it has not both."""
        own = self.name == name
        train, held_out = (self.values[own & (self.is_train == kind)] for kind in (True, False))
        return (train, held_out) if len(train) and len(held_out) else None


@dataclass(frozen=True)
class PrnuEvidence:
    """What the residual of one image says."""

    best: str  # name of the source with the highest correlation
    words: str  # for it
    correlation: float  # with it, -1 to 1
    reached: float  # share of held-out images that reach it with any source
    right: float | None  # share of these that reach it with their own; None if there is none
    correlations: Mapping[str, float]  # by name, of the candidates


@dataclass(frozen=True)
class ResidualFingerprints:
    """Fingerprints of the sources of a bundle, and what they were measured to be worth on held-out images."""

    values: Folded  # (c, period, period, 3), in the order of the sources
    best: npt.NDArray[np.float32]  # (n,), ascending: the highest correlation of held-out images
    right: npt.NDArray[np.bool_]  # (n,), whether it is that with their own source

    @property
    def period(self) -> int:
        """Pixels."""
        return int(self.values.shape[1])

    def evidence(
        self, image: npt.NDArray[np.uint8], sources: Mapping[str, str], candidates: Iterable[str]
    ) -> PrnuEvidence | None:
        """Evidence of an image, uint8 (h, w, 3), of ``sources``, names with words; None if too small or flat."""
        folded = folded_residual(image, self.period)
        if folded is None or np.abs(folded).max() < FLAT:
            return None
        found = correlations(folded[None], self.values)[0]
        names, place = list(sources), int(found.argmax())
        above = self.best >= found[place]
        return PrnuEvidence(
            best=names[place],
            words=sources[names[place]],
            correlation=float(found[place]),
            reached=float(above.mean()),
            right=float(self.right[above].mean()) if above.any() else None,
            correlations={name: float(found[names.index(name)]) for name in candidates},
        )

    def with_source(self, train: Folded, held_out: Folded) -> "ResidualFingerprints":
        """The same with one more source, by its own folded residuals.

        Earlier held-out images keep what was measured of them: the new fingerprint was no choice for them.
        """
        grown = replace(self, values=np.concatenate([self.values, rounded(train.mean(axis=0)[None])]))
        best, right = _judged(held_out, np.full(len(held_out), len(self.values)), grown.values)
        return replace(grown, **_ascending(np.concatenate([self.best, best]), np.concatenate([self.right, right])))


def folded_residual(image: npt.NDArray[np.uint8], period: int) -> Folded | None:
    """The part of an image's noise residual that repeats with ``period`` pixels, float32 (period, period, 3).

    ``image`` is uint8 (h, w, 3). Residuals are those of up to `MOST_SQUARES` squares over the whole picture, at one
    phase. None for an image with a side of less than two periods.
    """
    from sr_fingerprints.prnu.denoisers import noise_residuals

    height, width = image.shape[:2]
    side = min(SQUARE, height, width) // period * period
    if side < 2 * period:
        return None
    corners = {
        (top // period * period, left // period * period)
        for top, left, _, _ in crop_boxes(height, width, side, MOST_SQUARES)
    }
    squares = np.stack([image[top : top + side, left : left + side] for top, left in sorted(corners)])
    residuals = noise_residuals(squares, DENOISER, SIGMA).clip(-CLIPPED, CLIPPED)
    blocks = residuals.reshape(len(squares), side // period, period, side // period, period, 3)
    return np.asarray(blocks.mean(axis=(0, 1, 3), dtype=np.float64).astype(np.float32))


def correlations(folded: Folded, fingerprints: Folded) -> npt.NDArray[np.float64]:
    """Normalised correlations (n, c), each the highest over all phases, of folded residuals (n, p, p, 3) with
    ``fingerprints`` (c, p, p, 3). That with one without variation is 0.
    """
    images, references = (np.fft.fft2(_standardised(each), axes=(1, 2)) for each in (folded, fingerprints))
    products = np.einsum("nijk,cijk->ncij", images, references.conj(), optimize=True)
    return np.asarray(np.fft.ifft2(products, axes=(2, 3)).real.max(axis=(2, 3)))


def fit_fingerprints(folded: FoldedResiduals, sources: Sequence[str]) -> ResidualFingerprints | None:
    """Fingerprints of ``sources`` from ``folded`` residuals; None if there are none of any image.

    Raises `InputError` for a source with images of one kind only, or of neither.
    """
    if not len(folded.values):
        return None
    train, held_out = [], []
    for source in sources:
        own = folded.of(source)
        if own is None:
            raise InputError(f"{source}: found no residuals of training or of validation images; allowed: of both")
        train.append(own[0].mean(axis=0))
        held_out.append(own[1])
    values = rounded(np.stack(train))
    actual = np.repeat(np.arange(len(sources)), [len(images) for images in held_out])
    return ResidualFingerprints(values, **_ascending(*_judged(np.concatenate(held_out), actual, values)))


def rounded(values: Folded) -> Folded:
    """Fingerprints as a bundle stores them: of 16 bits, converted back."""
    return values.astype(np.float16).astype(np.float32)


def _judged(
    held_out: Folded, actual: npt.NDArray[np.intp], values: Folded
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    found = correlations(held_out, values)
    return found.max(axis=1).astype(np.float32), found.argmax(axis=1) == actual


def _ascending(best: npt.NDArray[np.float32], right: npt.NDArray[np.bool_]) -> dict[str, np.ndarray]:
    order = np.argsort(best, kind="stable")
    return {"best": best[order], "right": right[order]}


def _standardised(folded: Folded) -> npt.NDArray[np.float64]:
    centred = folded - folded.mean(axis=(1, 2, 3), keepdims=True, dtype=np.float64)
    norms = np.sqrt((centred**2).sum(axis=(1, 2, 3), keepdims=True))
    return np.asarray(np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 0))
