"""What a network may use of the machine."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ComputeBudget:
    """Device, threads, memory and precision.

    device: ``cpu``, ``cuda`` or the like.
    threads: of the CPU, for frameworks that are told; torch has the threads of the process.
    memory: gigabytes for the images and features of a batch; larger images are cut into tiles.
    precision: ``float32``; ``float16`` or ``bfloat16``, if its images are within 50 dB of those of float32; or
        ``auto``: the first of the two for which they are on a GPU, float32 on a CPU.
    """

    device: str = "cpu"
    threads: int = 1
    memory: float = 8.0
    precision: str = "auto"
