"""RDN in its published size."""

from typing import TYPE_CHECKING

from sr_fingerprints.networks.architectures.colour_paths import ColourPath, convolution, convolutions

if TYPE_CHECKING:
    import torch

FEATURES = "num_features"


def build(scale: int, num_features: int = 64, num_blocks: int = 16, num_layers: int = 8) -> "torch.nn.Module":
    """RDN (Zhang et al., "Residual Dense Network for Image Super-Resolution", CVPR 2018), for scales of 2, 3 and 4.

    The defaults are the authors' published size; BasicSR does not have RDN.

    num_features: features of every convolution, the paper's G0 and G.
    num_blocks: residual dense blocks, the paper's D.
    num_layers: convolutions densely connected in each of them, the paper's C.
    """
    from sr_fingerprints.networks.architectures.published import rdn

    return rdn.build(
        scale,
        names="EDSR-PyTorch",
        num_features=num_features,
        num_blocks=num_blocks,
        num_layers=num_layers,
    )


def colour_path(network: "torch.nn.Module") -> ColourPath:
    """Layers have the names of EDSR-PyTorch."""
    *enlarging, last = convolutions(network, "UPNet")
    return ColourPath(convolution(network, "SFENet1"), convolutions(network, "GFF")[-1], enlarging, last)
