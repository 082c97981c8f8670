"""Limits on the machine's resources that a network may use, and how its output becomes pixels."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ComputeBudget:
    """Device, threads, memory, precision, tiles and rounding.

    device: ``cpu``, ``cuda`` or the like.
    threads: CPU threads, for frameworks other than torch, which uses the setting of the process.
    memory: gigabytes for the images and features of a batch; images that need more are cut into tiles.
    precision: ``float32``; ``float16`` or ``bfloat16``, used if its images have a PSNR of at least 50 dB against
    those
        of float32; or ``auto``: on a GPU the first of the two that qualifies, on a CPU float32.
    tile: largest side of a tile in low-resolution pixels, overlap included; None: as large as ``memory`` allows.
    overlap: low-resolution pixels by which the input of a tile extends beyond its output, at each inner border.
    rounding: one of `convention.ROUNDING`, instead of the one that the network's authors use; None: theirs.
    """

    device: str = "cpu"
    threads: int = 1
    memory: float = 8.0
    precision: str = "auto"
    tile: int | None = None
    overlap: int = 32
    rounding: str | None = None
