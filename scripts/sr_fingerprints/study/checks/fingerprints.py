"""Checks of the crops that fingerprints are measured on."""

from collections.abc import Iterator, Mapping
from math import lcm
from typing import Any

import pandas as pd

from sr_fingerprints.study.experiments import experiment_table
from sr_fingerprints.study.tabulated import crop_taken_apart, taken_apart

LEAST_PERIODS = 4
"""Least number of periods of the upsampling grids in a crop, as `fingerprints.spectra.LEAST_SPACING` wants them."""


def problems_with_networks(config: Mapping[str, Any], networks: pd.DataFrame) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``; ``networks`` is the table of networks."""
    experiments = experiment_table(config["experiments"])
    names = taken_apart(experiments, networks)
    crop = crop_taken_apart(config["classifiers"], experiments, names)
    period = lcm(*(int(scale) for scale in networks.scale))
    if crop < LEAST_PERIODS * period:
        key = "classifiers.evaluation_crop"
        if names and "evaluation_crop" in experiments[names[0]].classifier:
            index = list(experiments).index(names[0])
            key = f"experiments.{index}.classifier.evaluation_crop"
        allowed = f"{LEAST_PERIODS} times {period}, the common period of all scales, or more"
        yield f"{key}: found {crop}, too small for the spectra of fingerprints; allowed: {allowed}"
