"""`sr-fingerprints export`: the bundle of a finished study."""

import argparse
import logging

from sr_fingerprints.attribution.export import export_bundle

logger = logging.getLogger(__name__)


def run(given: argparse.Namespace) -> bool:
    """Write the bundle. Raises `InputError` for a study that is not finished or has none."""
    output = given.output or given.study / "bundle.safetensors"
    bundle = export_bundle(given.study, output)
    logger.info("%s: written, %d sources of the study %s", output, len(bundle.model.sources), bundle.name)
    return True
