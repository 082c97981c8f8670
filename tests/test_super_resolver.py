"""From photos to a network's input and back: conventions, padding, tiles, precision and random numbers."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from sr_fingerprints.networks.convention import Convention
from sr_fingerprints.networks.effort import Effort
from sr_fingerprints.networks.super_resolver import TorchSuperResolver

CONVENTIONS = {
    "0 to 1": Convention(),
    "0 to 255": Convention(range=255),
    "-1 to 1": Convention(mean=(0.5, 0.5, 0.5), std=0.5),
    "mean of 255": Convention(range=255, mean=(114.4, 111.5, 103.0), std=2.0),
}


class Enlarged(torch.nn.Module):
    """Repeats pixels, and remembers the images that it was given."""

    def __init__(self, scale=2):
        super().__init__()
        self.scale = scale
        self.given = []

    def forward(self, images):
        self.given.append(images.clone())
        return images.repeat_interleave(self.scale, 2).repeat_interleave(self.scale, 3)


class Noisy(torch.nn.Module):
    random = True

    def forward(self, images, generator):
        return images + 0.1 * torch.randn(images.shape, generator=generator)


def local_network(offset=0.0):
    """Convolutions that see 3 pixels in every direction; inside, all values are larger by ``offset``."""
    torch.manual_seed(0)
    convolutions = [torch.nn.Conv2d(3, 3, 3, padding=1, bias=False) for _ in range(3)]
    for convolution in convolutions:
        torch.nn.init.dirac_(convolution.weight)
        convolution.weight.data += 0.02 * torch.randn_like(convolution.weight)
    if offset:
        shift = [torch.nn.Conv2d(3, 3, 1) for _ in range(2)]
        for convolution, value in zip(shift, (offset, -offset), strict=True):
            torch.nn.init.dirac_(convolution.weight)
            torch.nn.init.constant_(convolution.bias, value)
        convolutions += shift
    return torch.nn.Sequential(*convolutions, torch.nn.Upsample(scale_factor=2))


def photos(count=1, height=20, width=14):
    return np.random.default_rng(0).integers(0, 256, (count, height, width, 3), np.uint8)


def repeated(images, scale=2):
    return images.repeat(scale, axis=1).repeat(scale, axis=2)


@pytest.mark.parametrize("convention", CONVENTIONS.values(), ids=CONVENTIONS)
def test_what_goes_in_comes_out(convention):
    """Every grey level, through a network that changes nothing."""
    levels = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    np.testing.assert_array_equal(TorchSuperResolver(Enlarged(), 2, convention=convention)(levels), repeated(levels))


def test_input_is_in_the_range_of_the_network():
    colour = np.array([[[[255, 0, 51]]]], np.uint8)
    for name, expected in {
        "0 to 1": [1, 0, 0.2],
        "0 to 255": [255, 0, 51],
        "-1 to 1": [1, -1, -0.6],
        "mean of 255": [70.3, -55.75, -26],
    }.items():
        given = CONVENTIONS[name].network_input(colour, torch.device("cpu"))
        np.testing.assert_allclose(given.flatten(), expected, atol=1e-5)


@pytest.mark.parametrize(
    "rounding, expected",
    [("nearest", [0, 2, 2, 4, 255]), ("half_up", [1, 2, 3, 4, 255]), ("down", [0, 1, 2, 3, 255])],
)
def test_rounding(rounding, expected):
    values = torch.tensor([0.5, 1.5, 2.5, 3.6, 255.0]).view(1, 1, 1, 5).expand(1, 3, 1, 5)
    assert Convention(rounding=rounding).rounded(values)[0, 0, :, 1].tolist() == expected


def test_output_is_clamped():
    network = torch.nn.Upsample(scale_factor=2)
    bright = TorchSuperResolver(network, 2, convention=Convention(std=0.5, mean=(0.9, 0.9, 0.9)))
    with torch.inference_mode():
        assert bright._convention.grey_values(torch.full((1, 3, 1, 1), 9.0), None).max() == 255
        assert bright._convention.grey_values(torch.full((1, 3, 1, 1), -9.0), None).min() == 0


def test_a_residual_is_added_to_pillows_bicubic():
    class Nothing(torch.nn.Module):
        def forward(self, images):
            return torch.zeros(len(images), 3, 4 * images.shape[2], 4 * images.shape[3])

    convention = Convention(mean=(0.4488, 0.4371, 0.4040), std=0.0039215, residual="pillow_bicubic")
    low = photos(count=2)
    made = TorchSuperResolver(Nothing(), 4, convention=convention)(low)
    for image, expected in zip(made, low, strict=True):
        np.testing.assert_array_equal(image, Image.fromarray(expected).resize((56, 80), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("always, shape", [(False, (24, 16)), (True, (24, 16))])
@pytest.mark.parametrize("mode", ["reflect", "symmetric", "edge"])
def test_images_are_padded_to_a_multiple_and_cut(always, shape, mode):
    network = Enlarged()
    convention = Convention(multiple_of=8, padding_mode=mode, pad_always=always)
    np.testing.assert_array_equal(TorchSuperResolver(network, 2, convention=convention)(photos()), repeated(photos()))
    assert network.given[0].shape[2:] == shape
    next_row = {"reflect": 18, "symmetric": 19, "edge": 19}[mode]
    assert torch.equal(network.given[0][:, :, 20, :14], network.given[0][:, :, next_row, :14])


def test_a_whole_multiple_is_added_where_the_authors_do():
    network = Enlarged()
    low = photos(height=16, width=8)
    resolve = TorchSuperResolver(network, 2, convention=Convention(multiple_of=8, pad_always=True))
    np.testing.assert_array_equal(resolve(low), repeated(low))
    assert network.given[0].shape[2:] == (24, 16)


@pytest.mark.parametrize("multiple_of", [1, 8])
def test_tiles_make_what_the_whole_makes(multiple_of):
    """Where no pixel sees farther than the tiles overlap; only sums may be taken in another order."""
    low = photos(height=171, width=230)
    convention = Convention(multiple_of=multiple_of)
    whole = TorchSuperResolver(local_network(), 2, convention=convention)
    tiled = TorchSuperResolver(local_network(), 2, Effort(memory=0.6), convention, memory_per_pixel=60)
    difference = np.abs(tiled(low).astype(int) - whole(low))
    assert difference.max() <= 1 and difference.mean() < 1e-4
    assert (whole.details["tile"], tiled.details["tile"]) == (None, 100)


def test_tiles_are_within_the_memory():
    network = Enlarged()
    low = photos(height=300, width=137)
    resolve = TorchSuperResolver(network, 2, Effort(memory=0.6), memory_per_pixel=60)
    np.testing.assert_array_equal(resolve(low), repeated(low))
    assert len(network.given) > 4
    assert max(tile.shape[2] * tile.shape[3] for tile in network.given) <= 0.6e6 / 60


def test_a_random_network_follows_its_seeds_alone():
    low = photos(count=3)
    resolve = TorchSuperResolver(Noisy(), 1)
    together = resolve(low, [5, 6, 5])
    assert np.array_equal(together[1], resolve(low[1:2], [6])[0])
    assert not np.array_equal(resolve(low[:1], [5]), resolve(low[:1], [6]))
    torch.randn(7)
    assert np.array_equal(together, resolve(low, [5, 6, 5]))
    with pytest.raises(ValueError, match="give it a seed"):
        resolve(low)


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_half_precision_is_used_only_where_it_is_close_enough(precision):
    effort, low = Effort(precision=precision), photos(height=64, width=64)
    exact = TorchSuperResolver(local_network(), 2, replace(effort, precision="float32"))
    close = TorchSuperResolver(local_network(), 2, effort)
    assert np.abs(close(low).astype(int) - exact(low)).max() <= 4
    assert close.details["precision"] == precision
    # A difference of large numbers, which half precision loses.
    far = TorchSuperResolver(local_network(offset=1000.0), 2, effort)
    far(low)
    assert far.details["precision"] == "float32"
    forbidden = TorchSuperResolver(local_network(), 2, effort, half_precision=False)
    forbidden(low)
    assert forbidden.details["precision"] == "float32"
    assert exact.details["precision"] == "float32"


def test_on_a_cpu_precision_is_full_unless_asked():
    resolve = TorchSuperResolver(local_network(), 2)
    resolve(photos())
    assert resolve.details == {"tile": None, "precision": "float32"}
