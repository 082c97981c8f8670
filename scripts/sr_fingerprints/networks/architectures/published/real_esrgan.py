"""Real-ESRGAN: the network of ESRGAN, trained on photos with random combinations of degradations.

Wang, Xie, Dong and Shan, "Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data", ICCV
Workshops 2021. The authors' own implementation is BasicSR's, and their state dicts have its names.
"""

from torch import nn

from sr_fingerprints.networks.architectures import check_scale
from sr_fingerprints.runtime.light_imports import import_without_packages

RRDBNet = import_without_packages("basicsr.archs.rrdbnet_arch").RRDBNet


def build(scale: int, num_feat: int = 64, num_block: int = 23, num_grow_ch: int = 32) -> nn.Module:
    """Real-ESRGAN; the scale is 2 or 4. RGB in [0, 1] in and out, the result not clamped.

    For 2X, each 2 x 2 pixels first become one pixel of 12 channels, which is then upscaled by 4. So height and width
    have to be even.

    num_feat: features of every convolution outside the dense blocks.
    num_block: blocks of the trunk.
    num_grow_ch: features that every layer of a dense block adds to its input.
    """
    check_scale("Real_ESRGAN", scale, (2, 4))
    network: nn.Module = RRDBNet(3, 3, scale=scale, num_feat=num_feat, num_block=num_block, num_grow_ch=num_grow_ch)
    return network
