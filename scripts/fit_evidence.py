"""Fit temperatures and likelihood ratios of classifiers."""

from pathlib import Path

from sr_fingerprints.evidence.calibration import fit_evidence
from sr_fingerprints.runtime.job import start

job = start(snakemake)
fit_evidence(
    [Path(path) for path in job.input.test],
    validation=[Path(path) for path in job.input.validation],
    networks=job.input.networks,
    outputs=[Path(path) for path in job.output],
)
