"""Published networks in the format of ncnn, run on the CPU by the ``ncnn`` package.

Images are padded as the networks' own programs do (waifu2x-ncnn-vulkan, realcugan-ncnn-vulkan,
Real-ESRGAN-ncnn-vulkan; BasicSR, for SPAN, does not), but never cut into tiles. Input and output of the networks
are RGB in [0, 1].
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ncnn
import numpy as np

from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.finite import NonFiniteError
from sr_fingerprints.study.network_row import NetworkRow


def load(row: NetworkRow, param: str | Path, bin: str | Path, budget: ComputeBudget) -> "NcnnSuperResolver":
    """Load the published network of one row of the table of networks from its files ``param`` and ``bin``.

    It computes in 32-bit floats: by default ncnn uses 16-bit ones on processors that support them, and the images
    would then depend on the machine. The result does not depend on the number of threads. Raises `InputError`
    naming a file that ncnn cannot read.
    """
    net = ncnn.Net()
    net.opt.num_threads = budget.threads
    net.opt.use_fp16_packed = False
    net.opt.use_fp16_storage = False
    net.opt.use_fp16_arithmetic = False
    for path, read in ((param, net.load_param), (bin, net.load_model)):
        if read(str(path)) != 0:
            raise InputError(f"{path}: ncnn {ncnn.__version__} cannot read it; use the version in uv.lock")
    return NcnnSuperResolver(net, row)


TRIAL = 64
"""Height and width in pixels of the test image for finding the padding."""


class NcnnSuperResolver:
    """A `SuperResolver` of an ncnn network; ``row.run`` says how images are padded (see the table's schema)."""

    def __init__(self, net: ncnn.Net, row: NetworkRow):
        self.scale = row.scale
        self.details: dict[str, Any] = {"tile": None, "precision": "float32"}
        self._net = net
        self._name = row.network
        run = row.run
        self._input = run.get("input_blob", net.input_names()[0])
        self._output = run.get("output_blob", net.output_names()[-1])
        self._padding_mode = run.get("padding_mode", "reflect")
        self._multiple_of = run.get("multiple_of", 1)
        self._skip = run.get("skip", "none")
        self._padding = run["padding"] if "padding" in run else self._find_padding()

    def __call__(self, images: np.ndarray, seeds: Sequence[int] | None = None) -> np.ndarray:
        """Super-resolve; see `SuperResolver`. The output is rounded to the nearest of the 256 grey levels."""
        return np.stack([self._super_resolve(index, image) for index, image in enumerate(images)])

    def _super_resolve(self, index: int, image: np.ndarray) -> np.ndarray:
        high = self._run(self._padded(image))
        high = _without_border(high, image.shape, self.scale, self._multiple_of)
        if self._skip == "nearest":
            high = high + np.float32(image / 255).repeat(self.scale, axis=0).repeat(self.scale, axis=1)
        if not np.isfinite(high).all():
            raise NonFiniteError("the network's output is not finite; allowed: undamaged weights", index)
        return (high * 255).round().clip(0, 255).astype(np.uint8)

    def _find_padding(self) -> int:
        """Low-resolution pixels that the network crops at each border, measured on a test image."""
        side = TRIAL + -TRIAL % self._multiple_of
        shape = self._run(np.zeros((3, side, side), np.float32)).shape
        lost, rest = divmod(side * self.scale - int(shape[0]), 2 * self.scale)
        if shape[0] != shape[1] or shape[2] != 3 or rest or not 0 <= lost < side // 2:
            raise InputError(
                f"{self._name}: makes {shape[1]} x {shape[0]} pixels of {shape[2]} channels from an image of "
                f"{side} x {side}; expected for a scale of {self.scale}: {side * self.scale} or fewer, 3 channels"
            )
        return int(lost)

    def _padded(self, image: np.ndarray) -> np.ndarray:
        """Pad uint8 (h, w, 3) and convert it to contiguous float32 (3, height, width) in [0, 1]."""
        height, width = ((self._padding, self._padding + -side % self._multiple_of) for side in image.shape[:2])
        padded = np.pad(image, (height, width, (0, 0)), mode=self._padding_mode)
        return np.ascontiguousarray(padded.transpose(2, 0, 1), np.float32) / 255

    def _run(self, low: np.ndarray) -> np.ndarray:
        """Run the network: float32 (3, h, w) to float32 (height, width, 3)."""
        extractor = self._net.create_extractor()
        # ncnn.Mat does not own the array's memory: `low` has to outlive the run.
        extractor.input(self._input, ncnn.Mat(low))
        code, high = extractor.extract(self._output)
        if code != 0:
            raise RuntimeError(f"{self._name}: ncnn failed on an image (code {code}); out of memory?")
        return np.array(high).transpose(1, 2, 0)


def _without_border(high: np.ndarray, shape: tuple[int, ...], scale: int, multiple: int) -> np.ndarray:
    """Crop the output for the padding, as far as the network has not cropped it itself."""
    slices = []
    for given, side in zip(high.shape, shape[:2], strict=False):
        start = (given - scale * (side + -side % multiple)) // 2
        slices.append(slice(start, start + scale * side))
    return high[tuple(slices)]
