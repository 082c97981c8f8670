"""Apply a network of ncnn to images, padded as the networks' own programs pad them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ncnn
import numpy as np
import numpy.typing as npt

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.finite import NonFiniteError

TRIAL = 64
"""Height and width in pixels of the smaller test image for finding the padding."""


ROUNDING: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "nearest": np.round,  # halves to even
    "half_up": lambda values: np.floor(values + np.float32(0.5)),
    "down": np.floor,
}
"""The names of `convention.ROUNDING`, for arrays; images are the same."""


class NcnnSuperResolver:
    """A `SuperResolver` of an ncnn network; ``run`` says how images are padded (see the table's schema).

    ``rounding`` is one of `ROUNDING`.
    """

    def __init__(self, net: ncnn.Net, name: str, scale: int, run: Mapping[str, Any], rounding: str = "nearest"):
        self.scale = scale
        self._round = ROUNDING[rounding]
        self.details: dict[str, Any] = {"tile": None, "precision": "float32"}
        self._net = net
        self._name = name
        self._input = run["input_blob"] if "input_blob" in run else net.input_names()[0]
        self._output = run["output_blob"] if "output_blob" in run else net.output_names()[-1]
        self._padding_mode = run.get("padding_mode", "reflect")
        self._multiple_of = run.get("multiple_of", 1)
        self._skip = run.get("skip", "none")
        self._constants = np.array(run.get("constants", []), np.float32)
        self._is_padding_given = "padding" in run
        self.padding = run["padding"] if "padding" in run else self._find_padding()

    def __call__(self, images: np.ndarray, seeds: Sequence[int] | None = None) -> np.ndarray:
        """Super-resolve; see `SuperResolver`."""
        return np.stack([self._super_resolve(index, image) for index, image in enumerate(images)])

    def _super_resolve(self, index: int, image: np.ndarray) -> np.ndarray:
        high = self._run(self._padded(image))
        high = self._without_border(high, image.shape)
        if self._skip == "nearest":
            high = high + np.float32(image / 255).repeat(self.scale, axis=0).repeat(self.scale, axis=1)
        if not np.isfinite(high).all():
            raise NonFiniteError("the network's output is not finite; allowed: undamaged weights", index)
        return self._round(high * 255).clip(0, 255).astype(np.uint8)

    def _find_padding(self) -> int:
        """Low-resolution pixels that the network crops at each border, measured on black images of two sizes."""
        sides = [side + -side % self._multiple_of for side in (TRIAL, TRIAL + 16)]
        shapes = [self._run(self._with_constants(np.zeros((3, side, side), np.float32))).shape for side in sides]
        for side, shape in zip(sides, shapes, strict=True):
            if shape[0] != shape[1] or shape[2] != 3:
                raise InputError(
                    f"{self._name}: makes {shape[1]} x {shape[0]} pixels of {shape[2]} channels from an image of "
                    f"{side} x {side}; expected as many rows as columns, of 3 channels"
                )
        (side, larger), (made, more) = sides, [int(shape[0]) for shape in shapes]
        if made == more:
            found = f"makes {made} pixels of {side} and of {larger}"
            raise InputError(f"{self._name}: {found}; expected a network for images of any size")
        scale = (more - made) / (larger - side)
        lost, rest = divmod(side * scale - made, 2 * scale)
        if scale != self.scale:
            raise InputError(
                f"{self._name}: enlarges by {scale:g}, since it makes {made} pixels of {side} and {more} of "
                f"{larger}; expected {self.scale}, the scale of the row"
            )
        if rest or not 0 <= lost < side // 2:
            raise InputError(f"{self._name}: makes {made} pixels of {side}, not as many fewer at either border")
        return int(lost)

    def _padded(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Pad uint8 (h, w, 3) and convert it to contiguous float32 (channels, height, width), colours in [0, 1]."""
        height, width = ((self.padding, self.padding + -side % self._multiple_of) for side in image.shape[:2])
        padded = np.pad(image, (height, width, (0, 0)), mode=self._padding_mode)
        return self._with_constants(np.ascontiguousarray(padded.transpose(2, 0, 1), np.float32) / np.float32(255))

    def _with_constants(self, low: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Append to float32 (3, h, w) a channel of each constant."""
        if not len(self._constants):
            return low
        shape = (len(self._constants), *low.shape[1:])
        return np.concatenate([low, np.broadcast_to(self._constants[:, None, None], shape)])

    def _run(self, low: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Run the network: float32 (channels, h, w) to float32 (height, width, 3)."""
        extractor = self._net.create_extractor()
        # Without the copy ncnn dies of a first layer that works in place: others' memory has no count of its users.
        extractor.input(self._input, ncnn.Mat(low).clone())
        code, high = extractor.extract(self._output)
        if code != 0:
            raise RuntimeError(f"{self._name}: ncnn failed on an image (code {code}); out of memory?")
        return np.array(high).transpose(1, 2, 0)

    def _without_border(self, high: npt.NDArray[np.float32], shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
        """Crop the output for an image of this shape, as far as the network has not cropped the padding itself."""
        slices = []
        for given, side in zip(high.shape, shape[:2], strict=False):
            padded = side + -side % self._multiple_of
            if given < self.scale * padded:
                lost = -(-(self.scale * padded - given) // (2 * self.scale))
                made, of = (f"{width} x {height}" for height, width in (high.shape[:2], shape[:2]))
                expected = f"{self.padding + lost} or more" if self._is_padding_given else "another `multiple_of`"
                raise InputError(
                    f"{self._name}: makes {made} pixels of an image of {of} with a padding of {self.padding}; "
                    f"expected {expected}"
                )
            start = (given - self.scale * padded) // 2
            slices.append(slice(start, start + self.scale * side))
        return high[tuple(slices)]
