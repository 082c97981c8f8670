"""Reading of what the tables and figures of evidence are made from."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sr_fingerprints.evidence.calibration import Fitted, read_fitted, read_held_out
from sr_fingerprints.evidence.held_out import HeldOut
from sr_fingerprints.study.network_table import read_network_table

Evidence = tuple[HeldOut, Mapping[str, Fitted]]
"""The scores of one classifier, and its calibrations by what they were fitted on."""


def read_scores(
    test: Mapping[str, Sequence[Path]], validation: Mapping[str, Sequence[Path]], networks: Path
) -> dict[str, list[HeldOut]]:
    """Read the predictions of experiments, by name, for test and validation photos, one file each per classifier."""
    table = read_network_table(networks)
    return {
        name: [
            read_held_out(Path(of_test), Path(of_validation), table)[0]
            for of_test, of_validation in zip(test[name], validation[name], strict=True)
        ]
        for name in test
    }


def read_evidence(
    test: Mapping[str, Sequence[Path]],
    validation: Mapping[str, Sequence[Path]],
    calibrations: Mapping[str, Sequence[Path]],
    networks: Path,
) -> dict[str, list[Evidence]]:
    """The same with the ``calibrations`` that `fit_evidence` wrote, one per classifier."""
    return {
        name: [
            (images, read_fitted(Path(fitted)))
            for images, fitted in zip(classifiers, calibrations[name], strict=True)
        ]
        for name, classifiers in read_scores(test, validation, networks).items()
    }
