"""Power spectra of images, and the part of their energy at the frequencies of an upsampling grid.

A network that enlarges by ``scale`` may leave a pattern with a period of ``scale`` pixels, as transposed convolutions
do (Odena, Dumoulin and Olah, "Deconvolution and checkerboard artifacts", Distill 2016). Its energy lies at multiples
of 1 / ``scale`` cycles per pixel in each direction: the grid frequencies.

Spectra are averages over patches that overlap by half (Welch 1967), each multiplied by a Hann window: without one,
the jump between opposite borders of a photo puts energy on both axes, where grid frequencies lie. The side of a patch
is a multiple of the period, so each grid frequency is a bin, and the window spreads it over 3 x 3 bins, no more.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import rfft2
from scipy.signal.windows import hann

LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of R, G and B (ITU-R BT.601)."""

ROUNDING = 1 / 12
"""Power of the rounding to whole grey levels, added before logarithms: what lies below it is not measured."""

LEAST_SPACING = 4
"""Least distance of grid frequencies, in bins, so that there is a bin between any two whose energy is not theirs."""

Array = npt.NDArray[np.float32]


def patch_side(window: int, period: int) -> int:
    """Side of the patches: the largest even multiple of ``period`` up to ``window``, at least `LEAST_SPACING`."""
    return period * max(LEAST_SPACING, window // period // 2 * 2)


def power_spectrum(images: np.ndarray, side: int) -> Array:
    """Mean power of patches of ``side`` x ``side`` pixels, float32 (n, side, side // 2 + 1).

    ``images`` are (n, height, width), 8-bit levels, no smaller than ``side``, which is even. White noise has its
    variance, in squared levels, at each frequency. Frequencies are in the order of `scipy.fft.rfft2`.
    """
    window = np.outer(hann(side, sym=False), hann(side, sym=False)).astype(np.float32)
    window /= np.sqrt(np.square(window).sum())
    patches = np.lib.stride_tricks.sliding_window_view(images.astype(np.float32), (side, side), axis=(1, 2))
    spectra = rfft2(patches[:, :: side // 2, :: side // 2] * window)
    power: Array = (spectra.real**2 + spectra.imag**2).mean(axis=(1, 2))
    return power


def decibels(power: np.ndarray) -> np.ndarray:
    """Log-spectrum in dB relative to one squared grey level, with the power of `ROUNDING` added."""
    return 10 * np.log10(power + ROUNDING)


def periodic_part(images: np.ndarray, period: int) -> Array:
    """The part of ``images`` (n, height, width, 3) that repeats every ``period`` pixels, without its mean.

    It is given as one period, float32 (n, period, period, 3): the mean over all pixels of the same phase, minus the
    mean of each channel. These are the grid frequencies other than 0. Pixels have the weights of a Hann window of the
    image's size, for the same reason as in `power_spectrum`; a pattern that does repeat is found as it is.
    """
    height, width = images.shape[1:3]
    down, across = (_phase_weights(length, period) for length in (height, width))
    over_rows = np.einsum("ph,nhwc->npwc", down, images.astype(np.float32), optimize=True)
    pattern = np.einsum("qw,npwc->npqc", across, over_rows, optimize=True)
    part: Array = pattern - pattern.mean(axis=(1, 2), keepdims=True)
    return part


def _phase_weights(length: int, period: int) -> Array:
    """Weights (period, length) of the weighted mean over the places of each phase."""
    weights = np.zeros((period, length), np.float64)
    places = np.arange(length)
    weights[places % period, places] = hann(length + 1, sym=False)[1:]
    normalised: Array = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return normalised


def tiled(pattern: Array, height: int, width: int) -> Array:
    """Repeat patterns (n, period, period, 3) over images (n, height, width, 3)."""
    period = pattern.shape[1]
    repeats = (1, -(-height // period), -(-width // period), 1)
    return np.tile(pattern, repeats)[:, :height, :width]


def beside_the_grid(pattern: Array) -> Array:
    """Move the energy of patterns (n, period, period, 3) half way between the grid frequencies.

    The result repeats every 2 x ``period`` pixels, float32 (n, 2 period, 2 period, 3), and has the same energy: it is
    ``pattern`` times a diagonal wave of that period. Nothing of it is at a grid frequency.
    """
    period = pattern.shape[1]
    places = np.arange(2 * period)
    wave = np.cos(np.pi * (places[:, None] + places) / period + np.pi / 4)
    moved = tiled(pattern, 2 * period, 2 * period) * wave[:, :, None]
    before, after = ((part.astype(np.float64) ** 2).mean(axis=(1, 2, 3)) for part in (pattern, moved))
    factor = np.sqrt(np.divide(before, after, out=np.zeros_like(before), where=after > 0))
    result: Array = (moved * factor[:, None, None, None]).astype(np.float32)
    return result


def part_beside_the_grid(images: np.ndarray, period: int) -> Array:
    """The part of ``images`` (n, height, width, 3) half way between the grid frequencies, in both directions.

    These are as many frequencies as those of the grid with 0, odd multiples of 1 / (2 ``period``). The result is one
    period, float32 (n, 2 period, 2 period, 3): what changes its sign every ``period`` pixels down, and right.
    """
    part = periodic_part(images, 2 * period)
    odd_rows = part - np.roll(part, period, axis=1)
    odd: Array = ((odd_rows - np.roll(odd_rows, period, axis=2)) / 4).astype(np.float32)
    return odd


def near(side: int, points: npt.NDArray[np.intp], distance: int) -> npt.NDArray[np.bool_]:
    """Bins of a whole spectrum at most ``distance`` bins from any of ``points`` (k, 2), bool (side, side)."""
    apart = np.abs(np.arange(side)[:, None] - np.arange(side))
    apart = np.minimum(apart, side - apart)
    near_by: npt.NDArray[np.bool_] = np.zeros((side, side), bool)
    for row, column in points:
        near_by |= (apart[row] <= distance)[:, None] & (apart[column] <= distance)
    return near_by


def grid_points(side: int, scale: int) -> npt.NDArray[np.intp]:
    """Bins (row, column) of the multiples of 1 / ``scale`` in each direction, without 0: (scale^2 - 1, 2)."""
    steps = np.arange(0, side, side // scale)
    points: npt.NDArray[np.intp] = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1).reshape(-1, 2)[1:]
    return points


ORIGIN = np.zeros((1, 2), np.intp)


@dataclass(frozen=True)
class GridShare:
    """Shares of the energy of n images at the grid frequencies; NaN for an image without energy.

    ``share``: 3 x 3 bins around each grid frequency, of all bins but those around 0. ``white``: the share that white
    noise has, which is that of the bins. ``excess``: ``share`` without what the bins 2 and 3 beside each grid
    frequency let expect there, since photos have energy at all frequencies; it may be negative.
    """

    share: npt.NDArray[np.float64]  # (n,)
    excess: npt.NDArray[np.float64]  # (n,)
    white: float


def grid_share(power: np.ndarray, scale: int) -> GridShare:
    """Shares of the energy at the grid frequencies of ``scale``, given `power_spectrum` (n, side, side // 2 + 1).

    ``scale`` divides the side at least `LEAST_SPACING` times. A scale of 1 has no grid: all shares are 0.
    """
    side = power.shape[1]
    points = grid_points(side, scale)
    counted = ~near(side, ORIGIN, 1)
    grid = near(side, points, 1) & counted
    expected = np.zeros((side, side))
    for point in points[:, None]:
        around = near(side, point, 3) & counted & ~grid
        expected += 9 * around / around.sum()
    total, found, beside = (_half(part) for part in (counted, grid, expected))
    energy = np.einsum("nij,ij->n", power, total, dtype=np.float64)
    at_grid, at_neighbours = (np.einsum("nij,ij->n", power, part, dtype=np.float64) for part in (found, beside))
    energy[energy == 0] = np.nan
    return GridShare(at_grid / energy, (at_grid - at_neighbours) / energy, float(grid.sum() / counted.sum()))


def _half(weights: np.ndarray) -> npt.NDArray[np.float64]:
    """Weights of the bins that `rfft2` has, from those of a whole spectrum: it leaves out the mirrored columns."""
    columns = weights.shape[1] // 2 + 1
    half = weights[:, :columns].astype(np.float64)
    half[:, 1:-1] *= 2
    return half


def whole(spectrum: np.ndarray) -> np.ndarray:
    """A whole spectrum with 0 in its centre, (..., side, side), from its half (..., side, side // 2 + 1)."""
    side = spectrum.shape[-2]
    mirrored = spectrum[..., -np.arange(side) % side, :][..., side // 2 - 1 : 0 : -1]
    return np.fft.fftshift(np.concatenate([spectrum, mirrored], axis=-1), axes=(-2, -1))
