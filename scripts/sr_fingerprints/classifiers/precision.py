"""Precision of a classifier's arithmetic, in training and prediction: `classifiers.precision`."""

import logging
from collections.abc import Mapping
from typing import Any

from sr_fingerprints.runtime.precision import resolve_precision

logger = logging.getLogger(__name__)

SLOWER_IN_BFLOAT16 = ("efficientnet",)
"""In names of backbones of which bfloat16 is slower on a CPU that computes it: their convolutions are of one channel
each. Milliseconds of a training step on one core of such a processor (AMD, AVX-512 BF16), float32 and bfloat16:

=====================  ====  =======  ========
backbone, batch        crop  float32  bfloat16
=====================  ====  =======  ========
highpass32, 48           24      8.9       6.2
highpass32, 48          128      191       115
test_resnet, 48          32     22.2      16.0
test_byobnet, 48         32     16.3      15.3
test_efficientnet, 48    32     18.1      26.6
resnet18, 16             64      131        90
convnext_tiny, 16        32      200       164
convnext_tiny, 4        224     1364       602
resnet50, 4             224      861       378
legacy_xception, 2      224      597       250
efficientnet_b2, 2      224      194       297
=====================  ====  =======  ========
"""

KEY = "classifiers.precision"


def training_precision(settings: Mapping[str, Any], device: str) -> str:
    """What ``precision`` of the ``settings`` means on a ``device``: ``float32``, ``bfloat16`` or ``tf32``.

    Statistics are measured in float32, and the layers on them take no time. Raises `InputError` for ``tf32`` without
    a GPU.
    """
    wanted = settings.get("precision", "float32")  # classifiers of earlier versions were trained so
    if settings["backbone"].startswith("statistics") and wanted == "auto":
        return "float32"
    return resolve_precision(wanted, device, pays=_bfloat16_pays(settings), key=KEY)


def prediction_precision(settings: Mapping[str, Any], device: str) -> str:
    """The same of a trained classifier, wherever it was trained: ``tf32`` is ``float32`` on a CPU."""
    if settings.get("precision") == "tf32" and device == "cpu":
        logger.info("%s: float32 on a CPU, which has no tf32", KEY)
        return "float32"
    return training_precision(settings, device)


def _bfloat16_pays(settings: Mapping[str, Any]) -> bool:
    return not any(name in settings["backbone"] for name in SLOWER_IN_BFLOAT16)
