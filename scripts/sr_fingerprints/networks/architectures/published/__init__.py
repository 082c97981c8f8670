"""The published architectures, each as its authors' checkpoints need it: one file a family.

A network here has exactly the state dict of its authors' code, and takes and gives images in its authors' own
convention: float32 (n, 3, h, w) RGB to (n, 3, h * scale, w * scale), in the range that the docstring of its
``build`` function tells, before any clamping or rounding. A network that draws random numbers has the attribute
``random = True`` and takes a ``generator`` (a CPU `torch.Generator`) as second argument. What lies between such a
network and 8-bit photos is told by its row of ``resources/networks.yaml``.

To add an architecture, write a file beside this one with a function ``build(scale, **settings)`` whose defaults are
the published configuration, and enter it in `registry`. Where checkpoints differ in a setting, a function
``settings_for(weights)`` finds it in a state dict.
"""
