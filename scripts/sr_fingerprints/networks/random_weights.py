"""Random weights for the networks of perceptual losses and distances, where ImageNet weights are not available."""

import torch
from torch import nn


@torch.no_grad()
def initialise_convolutions(network: nn.Module, random: torch.Generator) -> None:
    """Initialise all convolutions with He's normal distribution for rectifiers, and biases with 0.

    He et al., "Delving Deep into Rectifiers", ICCV 2015, Equation 10. ``random`` is a generator on the CPU.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            inputs = module.weight[0].numel()
            module.weight.normal_(0, (2 / inputs) ** 0.5, generator=random)
            if module.bias is not None:
                module.bias.zero_()
