"""Reading of what the tables and figures of evidence are made from."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sr_fingerprints.evidence.calibration import Fitted, read_fitted, read_held_out
from sr_fingerprints.evidence.held_out import HeldOut
from sr_fingerprints.study.network_table import read_network_table

Evidence = tuple[HeldOut, Mapping[str, Fitted]]
"""The scores of one classifier, and its calibrations by what they were fitted on."""


def read_evidence(
    test: Mapping[str, Sequence[Path]],
    validation: Mapping[str, Sequence[Path]],
    calibrations: Mapping[str, Sequence[Path]],
    networks: Path,
) -> dict[str, list[Evidence]]:
    """Read experiments: by name, predictions for test and validation photos and calibrations, one per classifier."""
    table = read_network_table(networks)
    return {
        name: [
            (read_held_out(Path(of_test), Path(of_validation), table)[0], read_fitted(Path(fitted)))
            for of_test, of_validation, fitted in zip(test[name], validation[name], calibrations[name], strict=True)
        ]
        for name in test
    }
