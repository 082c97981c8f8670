"""The published architectures, compatible with their authors' checkpoints: one file per family.

A network has exactly the state dict of its authors' code, and its input and output follow the authors' convention:
float32 (n, 3, h, w) RGB to (n, 3, h * scale, w * scale), in the range that the docstring of its ``build`` function
states, before any clamping or rounding. A network that draws random numbers has the attribute ``random = True`` and
takes a ``generator`` (a CPU `torch.Generator`) as second argument. The conversion from and to 8-bit photos is
specified in its row of ``resources/networks.yaml``.

To add an architecture, write a file in this folder with a function ``build(scale, **settings)`` whose defaults are
the published configuration, and enter it in `registry`. If checkpoints differ in a setting, add a function
``settings_for(weights)`` that infers it from a state dict.
"""
