"""Small networks in the format of ncnn, with weights that make what they compute known."""

import numpy as np

NEAREST = """7767517
3 3
Input image 0 1 in
Convolution spread 1 1 in wide 0={outputs} 1=3 4=1 5=1 6={weights}
PixelShuffle shuffle 1 1 wide out 0={scale}
"""
"""Enlarges by nearest neighbour."""


def nearest(scale=2, channels=3, order=(0, 1, 2), others=0.0):
    """Text and weights of a network that enlarges the image's channels, given in this order.

    channels: of the input. Those after the third are multiplied by ``others`` and added to each colour.
    """
    outputs = 3 * scale**2
    weights = np.zeros((outputs, channels, 3, 3), np.float32)
    for output in range(outputs):
        if channels >= 3:
            weights[output, order[output // scale**2], 1, 1] = 1
        weights[output, 3:, 1, 1] = others
    text = NEAREST.format(outputs=outputs, weights=weights.size, scale=scale)
    return text, bytes(4) + weights.tobytes() + np.zeros(outputs, np.float32).tobytes()


def write_pair(folder, text, weights, name="mine"):
    """Write the two files; returns their paths."""
    files = [folder / f"{name}.param", folder / f"{name}.bin"]
    files[0].write_bytes(text if isinstance(text, bytes) else text.encode())
    files[1].write_bytes(weights)
    return files
