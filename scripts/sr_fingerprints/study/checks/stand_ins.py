"""Checks of ``stands_for``: a data set, an architecture or a backbone stands for one of the paper's."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from sr_fingerprints.networks.architectures.registry import TRAINED
from sr_fingerprints.runtime.errors import listed
from sr_fingerprints.study.checks.classifiers import OWN_BACKBONE
from sr_fingerprints.study.experiments import experiment_table

ROLES = {
    "data set": ("div2k", "flickr2k", "quarter_div2k", "quarter_flickr2k"),
    "architecture": ("EDSR", "RDN", "RCAN", "SwinIR", "NLSN"),
    "backbone": ("convnext_base", "legacy_xception", "efficientnet_b2", "resnet50"),
}
"""What the paper has of each kind."""


def problems(config: Mapping[str, Any], backbones: Mapping[str, object]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``; ``backbones`` has timm's by name."""
    rows = experiment_table(config["experiments"]).values()
    used = {(config["classifiers"] | dict(row.classifier))["backbone"] for row in rows}
    for ours, theirs in config["stands_for"].items():
        kinds = {
            "data set": ours in config["datasets"],
            "architecture": ours in TRAINED,
            "backbone": ours in used or ours.partition(".")[0] in backbones or re.fullmatch(OWN_BACKBONE, ours),
        }
        if not any(kinds.values()):
            known = [*config["datasets"], *TRAINED, *sorted(used)]
            allowed = listed(get_close_matches(ours, [*known, *backbones], n=3) or known)
            yield f"stands_for.{ours}: no data set, architecture or backbone; allowed: such as {allowed}"
        elif not any(kinds[kind] and theirs in roles for kind, roles in ROLES.items()):
            (kind,) = [kind for kind, fits in kinds.items() if fits][:1]
            yield f"stands_for.{ours}: found {theirs!r}; allowed for a {kind}: {listed(ROLES[kind])}"
