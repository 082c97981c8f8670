"""Limits on the machine's resources that a network may use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ComputeBudget:
    """Device, threads, memory and precision.

    device: ``cpu``, ``cuda`` or the like.
    threads: CPU threads, for frameworks other than torch, which uses the setting of the process.
    memory: gigabytes for the images and features of a batch; images that need more are cut into tiles.
    precision: ``float32``; ``float16`` or ``bfloat16``, used if its images have a PSNR of at least 50 dB against
    those
        of float32; or ``auto``: on a GPU the first of the two that qualifies, on a CPU float32.
    """

    device: str = "cpu"
    threads: int = 1
    memory: float = 8.0
    precision: str = "auto"
