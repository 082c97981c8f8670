"""From photos to a network's input and back: conventions, padding, tiles, precision and random numbers."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.images.generation import super_resolve
from sr_fingerprints.networks.architectures import build_trainable
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.convention import Convention
from sr_fingerprints.networks.loading import load_network, trained
from sr_fingerprints.networks.super_resolver import TorchSuperResolver
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.finite import NonFiniteError
from sr_fingerprints.study.network_row import NetworkRow

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
    tiled = TorchSuperResolver(local_network(), 2, ComputeBudget(memory=0.6), convention, memory_per_pixel=60)
    difference = np.abs(tiled(low).astype(int) - whole(low))
    assert difference.max() <= 1 and difference.mean() < 1e-4
    assert (whole.details["tile"], tiled.details["tile"]) == (None, 100)


def test_tiles_are_within_the_memory():
    network = Enlarged()
    low = photos(height=300, width=137)
    resolve = TorchSuperResolver(network, 2, ComputeBudget(memory=0.6), memory_per_pixel=60)
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
    budget, low = ComputeBudget(precision=precision), photos(height=64, width=64)
    exact = TorchSuperResolver(local_network(), 2, replace(budget, precision="float32"))
    close = TorchSuperResolver(local_network(), 2, budget)
    assert np.abs(close(low).astype(int) - exact(low)).max() <= 4
    assert close.details["precision"] == precision
    # A difference of large numbers, which half precision loses.
    far = TorchSuperResolver(local_network(offset=1000.0), 2, budget)
    far(low)
    assert far.details["precision"] == "float32"
    forbidden = TorchSuperResolver(local_network(), 2, budget, half_precision=False)
    forbidden(low)
    assert forbidden.details["precision"] == "float32"
    assert exact.details["precision"] == "float32"


def test_on_a_cpu_precision_is_full_unless_asked():
    resolve = TorchSuperResolver(local_network(), 2)
    resolve(photos())
    assert resolve.details == {"tile": None, "precision": "float32"}


class Full(torch.nn.Module):
    """A stand-in for a network on a GPU, whose memory holds so many low-resolution pixels."""

    def __init__(self, network, room):
        super().__init__()
        self.network, self.room = network, room
        self.given = []

    def forward(self, images):
        self.given.append(len(images))
        if len(images) * images.shape[2] * images.shape[3] > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return self.network(images)


@pytest.fixture
def as_on_a_gpu(monkeypatch):
    """Images go through together, as they do on a GPU; a CPU computes them."""
    monkeypatch.setattr(TorchSuperResolver, "_on_gpu", property(lambda resolver: True))


def pointwise_network():
    """Sums over the channels of a pixel alone: their order is the same however many images there are."""
    torch.manual_seed(0)
    weight = 0.3 * torch.rand(3, 3) + torch.eye(3) / 3

    class Pointwise(torch.nn.Module):
        def forward(self, images):
            mixed = sum(weight[:, i].view(1, 3, 1, 1) * images[:, i : i + 1] for i in range(3))
            return mixed.repeat_interleave(2, 2).repeat_interleave(2, 3)

    return Pointwise()


def test_on_a_full_gpu_fewer_images_go_through_at_once_and_stay_the_same(as_on_a_gpu, caplog):
    low = photos(count=11)
    network = Full(pointwise_network(), room=3 * 20 * 14)
    budget = ComputeBudget(precision="float32")
    resolve = TorchSuperResolver(network, 2, budget)
    expected = TorchSuperResolver(pointwise_network(), 2, budget)(low)
    np.testing.assert_array_equal(resolve(low), expected)
    assert network.given == [11, 5, 2, 2, 2, 2, 2, 1]
    np.testing.assert_array_equal(resolve(low[:3]), expected[:3])
    assert network.given[8:] == [2, 1]
    assert [record.args[:3:2] for record in caplog.records] == [(11, 5), (5, 2)]
    assert resolve.details == {"tile": None, "precision": "float32"}


@pytest.mark.parametrize("memory, such_as", [(6, "0.0084"), (0.6, "0.0084"), (0.01, "0.005")])
def test_one_image_that_a_gpu_does_not_hold_is_refused_with_the_setting(as_on_a_gpu, memory, such_as):
    """And no tiles are made without being asked for: they change what some networks make."""
    budget = ComputeBudget(memory=memory, precision="float32")
    resolve = TorchSuperResolver(Full(Enlarged(), room=10), 2, budget, memory_per_pixel=60)
    told = (
        rf"generate\.memory: found {memory} GB, .* 14 x 20 pixels .*; allowed: less, such as {such_as}, for smaller"
    )
    with pytest.raises(InputError, match=told):
        resolve(photos(count=4))


def test_on_a_full_gpu_half_precision_is_tried_with_the_same_care(as_on_a_gpu):
    resolve = TorchSuperResolver(Full(Enlarged(), room=10), 2, ComputeBudget(precision="float16"))
    with pytest.raises(InputError, match=r"generate\.memory: found 8 GB"):
        resolve(photos(count=4))


class BrightIs(torch.nn.Module):
    """Makes a number of one's own of bright pixels."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, images):
        return torch.where(images > 0.9, self.value, images).repeat_interleave(2, 2).repeat_interleave(2, 3)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("together", [True, False])
def test_an_image_that_is_not_finite_is_refused_and_numbered(value, together, monkeypatch):
    """Rounded, NaN would be black, and infinity white."""
    monkeypatch.setattr(TorchSuperResolver, "_on_gpu", property(lambda resolver: together))
    low = np.full((4, 9, 7, 3), 100, np.uint8)
    resolve = TorchSuperResolver(BrightIs(value), 2, ComputeBudget(precision="float32"))
    resolve(low)
    low[2, 3, 4, 1] = 255
    with pytest.raises(NonFiniteError, match="not finite, in float32; allowed: undamaged weights") as refused:
        resolve(low)
    assert refused.value.index == 2


def test_half_precision_that_is_too_small_for_a_later_image_is_named():
    """10 bits of precision suffice for both images, but not numbers up to 65504 for the brighter one."""
    convolutions = [torch.nn.Conv2d(3, 3, 1, bias=False) for _ in range(4)]
    for convolution, factor in zip(convolutions, (300, 300, 1 / 300, 1 / 300), strict=True):
        torch.nn.init.dirac_(convolution.weight)
        convolution.weight.data *= factor
    network = torch.nn.Sequential(*convolutions, torch.nn.Upsample(scale_factor=2))
    resolve = TorchSuperResolver(network, 2, ComputeBudget(precision="float16"))
    assert resolve(np.full((1, 8, 8, 3), 60, np.uint8)).max() == 60
    assert resolve.details["precision"] == "float16"
    with pytest.raises(NonFiniteError, match=r"in float16; allowed: generate\.precision: float32"):
        resolve(np.full((1, 8, 8, 3), 255, np.uint8))
    bright_first = TorchSuperResolver(network, 2, ComputeBudget(precision="float16"))
    assert bright_first(np.full((1, 8, 8, 3), 255, np.uint8)).min() == 255
    assert bright_first.details["precision"] == "float32"


def test_weights_that_are_not_numbers_make_no_images(tmp_path):
    """A whole job, from a file of weights; it names the network and the photo, and leaves no file."""
    torch.manual_seed(0)
    settings = {"num_feat": 4, "num_block": 1}
    network = build_trainable("EDSR", 2, **settings)
    network.conv_first.weight.data[0, 0, 0, 0] = float("nan")
    row = NetworkRow("mine", "EDSR", scale=2, framework="trained")
    trained.save(tmp_path / "mine.safetensors", network, row, settings)
    with ImageWriter(tmp_path / "low.h5", {"scale": 2}) as writer:
        for image, name in zip(photos(2), ("first", "second"), strict=True):
            writer.append(image, name, name, "test")
    resolve = load_network(row, [tmp_path / "mine.safetensors"])
    with pytest.raises(InputError, match=r"mine: photo first: the network's output is not finite, in float32"):
        super_resolve(resolve, row, tmp_path / "low.h5", tmp_path / "sr.h5", batch_size=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["low.h5", "mine.safetensors"]
