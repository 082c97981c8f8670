"""Statistics of the finest detail of a crop: a fixed first stage of a backbone, with no weights to learn.

They are those of steganalysis and of the detection of resampling, which look for traces far below the contrast of a
photo, as we do: power spectra of high-pass residuals (Welch, IEEE Transactions on Audio and Electroacoustics 15,
1967), and of their magnitude, whose peaks resampling leaves (Popescu and Farid, IEEE Transactions on Signal
Processing 53, 2005; Gallagher, CRV 2005); co-occurrences of truncated residuals (Fridrich and Kodovsky, IEEE
Transactions on Information Forensics and Security 7, 2012), across colours too (Goljan et al., WIFS 2014); and
magnitudes of 8 x 8 cosine transforms, in which JPEG rounds.
"""

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional

WINDOW = 64
"""Pixels; side of the windows of a spectrum."""

HOP = 40
"""Pixels; about the distance of windows: a Hann window of 64 uses little of its border."""

BLOCK = 8
"""Pixels; side of the blocks of the cosine transform, that of JPEG."""

BLOCK_STRIDES = (5, 7, 7)
"""Distances of blocks in luma and both chromas: odd, so that they fall on every phase of a grid."""

LEVELS = 5
"""Values of a truncated residual: -2 to 2 steps."""

SMALLEST_CROP = 16
"""Pixels; fewer leave hardly a block or a co-occurrence."""

TOGETHER = 16
"""Crops of a batch that are computed at a time, which bounds the memory."""

LUMA = (0.299, 0.587, 0.114)


class ResidualStatistics(nn.Module):
    """Statistics float32 (n, ``number``) of crops float32 (n, 3, h, w), RGB in [0, 1], of `SMALLEST_CROP` or more.

    All are logarithms of means over the crop, so that crops of any size have the same ones.
    """

    hann: torch.Tensor
    transform: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        window = torch.hann_window(WINDOW, periodic=False)
        window = window[:, None] * window
        self.register_buffer("hann", window / window.square().sum().sqrt(), persistent=False)
        self.register_buffer("transform", _cosine_transform(), persistent=False)
        alike = {order: _alike(order) for order in (3, 4)}
        for order, matrix in alike.items():
            self.register_buffer(f"alike_{order}", matrix, persistent=False)
        spectra = 2 * (WINDOW // 2 + 1) ** 2 + 2 * (WINDOW // 4) ** 2
        transforms = len(BLOCK_STRIDES) * 2 * (BLOCK**2 - 1)
        cooccurrences = 11 * alike[3].shape[1] + 3 * alike[4].shape[1] + LEVELS**3
        self.number = spectra + transforms + cooccurrences

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.cat([self._few(part) for part in images.split(TOGETHER)])

    def _few(self, images: torch.Tensor) -> torch.Tensor:
        colours = _luma_and_chroma(images * 255)
        beside = colours[..., 1:-1, :-2] + colours[..., 1:-1, 2:]
        beside += colours[..., :-2, 1:-1] + colours[..., 2:, 1:-1]
        residual = colours[..., 1:-1, 1:-1] - beside.div_(4)
        green_minus_red = (images[:, 1] - images[:, 0]) * 255
        parts = (
            self._spectra(residual),
            self._block_transforms(colours),
            self._neighbours(_images_last(colours[:, 0]), _images_last(green_minus_red)),
            _across_colours(residual),
        )
        return torch.cat([part for parts_of_one in parts for part in parts_of_one], dim=1)

    def _spectra(self, residual: torch.Tensor) -> Iterator[torch.Tensor]:
        """Of the residual (n, 3, h, w) of luma, of those of chroma in coarser cells, and of luma's magnitude."""
        magnitude = residual[:, :1].abs().add_(0.5).log_()
        magnitude -= magnitude.mean(dim=(2, 3), keepdim=True)
        power = self._power(torch.cat([residual.clamp(-20, 20), magnitude], dim=1))
        of_residual = power[:, :3].add(1e-3).log_()
        yield of_residual[:, 0].flatten(1)
        rows = of_residual[:, 1:, 1::2, 1:] + of_residual[:, 1:, 2::2, 1:]
        yield ((rows[..., ::2] + rows[..., 1::2]) / 4).flatten(1)
        yield power[:, 3].add(1e-4).log_().flatten(1)

    def _power(self, signal: torch.Tensor) -> torch.Tensor:
        """Welch's mean spectrum of ``signal`` (n, c, h, w), (n, c, 33, 33), of frequencies 0 to 1/2 a pixel.

        Mirrored directions are taken together, so that a photo and its mirror image have the same.
        """
        height, width = signal.shape[2:]
        signal = functional.pad(signal, (0, max(0, WINDOW - width), 0, max(0, WINDOW - height)))
        places = list(itertools.product(*map(_starts, signal.shape[2:])))
        windows = signal.new_empty((len(places), *signal.shape[:2], WINDOW, WINDOW))
        for window, (top, left) in zip(windows, places, strict=True):
            torch.mul(signal[..., top : top + WINDOW, left : left + WINDOW], self.hann, out=window)
        spectra = torch.view_as_real(torch.fft.rfft2(windows)).square_()
        power = spectra.sum(dim=0).sum(dim=-1) / len(places)
        half = WINDOW // 2
        mirrored = (power[..., 1:half, :] + power[..., half + 1 :, :].flip(-2)) / 2
        return torch.cat([power[..., :1, :], mirrored, power[..., half : half + 1, :]], dim=-2)

    def _block_transforms(self, colours: torch.Tensor) -> Iterator[torch.Tensor]:
        """Means and standard deviations of the logarithmic magnitudes of coefficients; without a block's mean."""
        for place, stride in enumerate(BLOCK_STRIDES):
            found = functional.conv2d(colours[:, place : place + 1], self.transform, stride=stride).flatten(2)
            magnitude = found.abs_().add_(0.25).log_()
            mean = magnitude.mean(dim=2)
            yield mean[:, 1:]
            yield (magnitude.square_().mean(dim=2) - mean.square()).clamp(min=0).sqrt()[:, 1:]

    def _neighbours(self, luma: torch.Tensor, difference: torch.Tensor) -> Iterator[torch.Tensor]:
        """Co-occurrences of residuals, by three and four, some of them at twice the distance.

        ``luma`` and the ``difference`` of two colours are (h, w, n).
        """
        first, second, square = _residuals(luma)
        by_three: list[tuple[torch.Tensor, float]] = [(signal, step) for signal in (first, second) for step in (1, 3)]
        by_three += [(square, 0.7), (square, 2)]
        by_four = [(first, 1.5), (second, 2), (square, 1)]
        twice = [
            (luma[:, 2:] - luma[:, :-2], 2),
            (luma[:, :-4] + luma[:, 4:] - 2 * luma[:, 2:-2], 3),
        ]
        of_colour = zip(_residuals(difference), (1, 1, 0.7), strict=True)
        yield self._cooccurrences(by_three, 3)
        yield self._cooccurrences(by_four, 4)
        yield self._cooccurrences([*twice, *of_colour], 3)

    def _cooccurrences(self, signals: Sequence[tuple[torch.Tensor, float]], order: int) -> torch.Tensor:
        """Logarithmic shares (n, ...) of sequences of ``order`` truncated values along rows and columns.

        Of each of the ``signals`` (h, w, n) with its step. A sequence, its reverse and its negative are the same.
        """
        shares = torch.stack([_shares_of_sequences(signal, step, order) for signal, step in signals], dim=1)
        alike: torch.Tensor = getattr(self, f"alike_{order}")
        return (shares @ alike).add_(3e-5).log_().flatten(1)


def _luma_and_chroma(levels: torch.Tensor) -> torch.Tensor:
    red, green, blue = levels.unbind(1)
    luma = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    return torch.stack([luma, (blue - luma) * 0.564, (red - luma) * 0.713], dim=1)


def _images_last(signal: torch.Tensor) -> torch.Tensor:
    """(n, h, w) as (h, w, n): what is counted next is of another image, which no count has to wait for."""
    return signal.permute(1, 2, 0).contiguous()


def _residuals(signal: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """First and second differences along rows, and the 3 x 3 filter of Ker and Boehme, of (h, w, n)."""
    first = signal[:-1, 1:] - signal[:-1, :-1]
    middle = signal[1:-1, 1:-1]
    second = (signal[1:-1, :-2] + signal[1:-1, 2:]).sub_(middle, alpha=2)
    sides = (signal[:-2, 1:-1] + signal[2:, 1:-1]).add_(signal[1:-1, :-2]).add_(signal[1:-1, 2:])
    corners = (signal[:-2, :-2] + signal[:-2, 2:]).add_(signal[2:, :-2]).add_(signal[2:, 2:])
    return first, second, sides.mul_(2).sub_(corners).sub_(middle, alpha=4).div_(4)


def _across_colours(residual: torch.Tensor) -> Iterator[torch.Tensor]:
    """Co-occurrences of the residuals (n, 3, h, w) of luma and both chromas at the same pixel."""
    digits = [
        _truncated(_images_last(signal), step) for signal, step in zip(residual.unbind(1), (2, 0.7, 0.7), strict=True)
    ]
    yield _shares(digits[:2], _first_digit(digits[2], 3), 3).add_(1e-4).log_()


def _truncated(signal: torch.Tensor, step: float) -> torch.Tensor:
    """Rounded to steps, and from -2 to 2 of them, int16."""
    return torch.div(signal, step).round_().clamp_(-2, 2).to(torch.int16)


def _first_digit(values: torch.Tensor, order: int) -> torch.Tensor:
    """`_truncated` values (..., n), plus what makes a number of ``order`` digits count from 0, apart by images."""
    number = LEVELS**order
    offsets = torch.arange(values.shape[-1], device=values.device, dtype=torch.int16) * number
    lowest: torch.Tensor = values + (offsets + number // 2)
    return lowest


def _shares_of_sequences(signal: torch.Tensor, step: float, order: int) -> torch.Tensor:
    """Shares (n, LEVELS ** ``order``) of sequences along rows and columns of (h, w, n), on average."""
    values = _truncated(signal, step)
    lowest = _first_digit(values, order)
    total = torch.zeros((), device=signal.device)
    for axis in (0, 1):
        length = values.shape[axis] - order + 1
        digits = [values.narrow(axis, place, length) for place in range(order - 1)]
        total = total + _shares(digits, lowest.narrow(axis, order - 1, length), order) / 2
    return total


def _shares(higher: Sequence[torch.Tensor], lowest: torch.Tensor, order: int) -> torch.Tensor:
    """Shares (n, LEVELS ** ``order``) of numbers to the base `LEVELS`.

    Their digits are ``higher``, the highest first, and the ``lowest`` by `_first_digit`; all are (h, w, n).
    """
    code = lowest
    for place, digit in enumerate(higher):
        code = torch.add(code, digit, alpha=LEVELS ** (order - 1 - place))
    images, number = code.shape[-1], LEVELS**order
    counts = torch.bincount(code.flatten(), minlength=images * number).view(images, number)
    shares: torch.Tensor = counts.float() / (code.numel() // images)
    return shares


def _starts(length: int) -> list[int]:
    """Offsets of windows along a length, from edge to edge."""
    room = length - WINDOW
    number = max(2, round(room / HOP) + 1) if room else 1
    return [round(place * room / max(1, number - 1)) for place in range(number)]


def _cosine_transform() -> torch.Tensor:
    """The orthonormal discrete cosine transform of blocks, as filters (64, 1, 8, 8)."""
    frequency, place = torch.arange(BLOCK)[:, None], torch.arange(BLOCK)[None]
    rows = torch.cos(math.pi * (2 * place + 1) * frequency / (2 * BLOCK)) * math.sqrt(2 / BLOCK)
    rows[0] /= math.sqrt(2)
    return torch.einsum("ai,bj->abij", rows, rows).reshape(BLOCK**2, 1, BLOCK, BLOCK)


def _alike(order: int) -> torch.Tensor:
    """(LEVELS ** order, k): the mean over sequences that are reverses or negatives of each other."""
    places: dict[tuple[int, ...], int] = {}
    found = []
    for digits in itertools.product(range(LEVELS), repeat=order):
        negative = tuple(LEVELS - 1 - digit for digit in digits)
        found.append(places.setdefault(min(digits, digits[::-1], negative, negative[::-1]), len(places)))
    matrix = np.eye(len(places), dtype=np.float32)[found]
    return torch.from_numpy(matrix / matrix.sum(axis=0))
