"""Random weights for the networks of perceptual losses and distances, where ImageNet's are not to be had."""

import torch
from torch import nn


@torch.no_grad()
def initialise_convolutions(network: nn.Module, random: torch.Generator) -> None:
    """Draw the weights of all convolutions from normal distributions as wide as suits rectifiers; biases become 0.

    He et al., "Delving Deep into Rectifiers", ICCV 2015, Equation 10. ``random`` is a generator on the CPU.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            inputs = module.weight[0].numel()
            module.weight.normal_(0, (2 / inputs) ** 0.5, generator=random)
            if module.bias is not None:
                module.bias.zero_()
