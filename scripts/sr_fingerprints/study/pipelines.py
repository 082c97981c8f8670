"""Pipelines: paths through the program by which the same weights are applied to the same photos."""

from collections.abc import Sequence
from dataclasses import dataclass

from sr_fingerprints.study.network_row import NetworkRow


@dataclass(frozen=True)
class Pipeline:
    """One row of ``pipelines.paths``; what is None is as in the rest of the study."""

    name: str
    rounding: str | None = None  # of grey levels: nearest (halves to even), half_up or down
    precision: str | None = None  # float32; float16 or bfloat16, where they are within 50 dB of it
    tile: int | None = None  # largest side of a tile, in low-resolution pixels, with the overlap
    overlap: int = 32  # low-resolution pixels by which tiles extend at each inner border
    threads: int | None = None
    batch_size: int | None = None
    device: str | None = None  # cpu or cuda
    framework: str | None = None  # ncnn: networks trained here are converted to it

    @property
    def settings(self) -> str:
        """What differs from the rest of the study, in words."""
        changed = [
            f"{key.replace('_', ' ')} {value}"
            for key, value in vars(self).items()
            if key not in ("name", "overlap") and value is not None
        ]
        if self.tile is not None:
            changed.append(f"overlap {self.overlap}")
        return ", ".join(changed) or "as in the study"

    def why_not(self, networks: Sequence[NetworkRow], device: str) -> str:
        """Why these networks cannot be applied so, where the best device is ``device``; empty if they can."""
        if self.device == "cuda" and device != "cuda":
            return "no GPU that torch can use"
        by_ncnn = [row.network for row in networks if row.framework == "ncnn"]
        ignored = [key for key in ("precision", "tile", "batch_size", "device") if getattr(self, key) is not None]
        if by_ncnn and ignored:
            return f"ncnn, which runs {by_ncnn[0]}, has no such setting"
        others = [row.network for row in networks if row.framework != "trained"]
        if self.framework and others:
            return f"{others[0]} was not trained here"
        return ""


def compared_networks(rows: Sequence[NetworkRow], wanted: int | Sequence[str]) -> list[NetworkRow]:
    """The networks of a comparison: those of the names ``wanted``, or as many, spread over the table of networks.

    A number chooses custom networks, those of the first data set and seed if they are enough; in a study without two
    custom networks, published ones. The result may have fewer.
    """
    if not isinstance(wanted, int):
        by_name = {row.network: row for row in rows}
        return [by_name[name] for name in wanted if name in by_name]
    custom = [row for row in rows if row.origin == "custom"]
    alike = [row for row in custom if (row.dataset, row.seed) == (custom[0].dataset, custom[0].seed)]
    candidates = alike if len(alike) >= wanted else custom
    if len(candidates) < 2:
        candidates = [row for row in rows if row.origin == "published"]
    count = min(wanted, len(candidates))
    return [candidates[index * len(candidates) // count] for index in range(count)]
