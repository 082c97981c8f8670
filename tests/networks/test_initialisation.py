"""Networks that start as an interpolation: what they compute before any training, and what stays random."""

import pytest
import torch

from sr_fingerprints.networks.architectures import build_trainable
from sr_fingerprints.networks.architectures.colour_paths import convolution
from sr_fingerprints.networks.training.initialisation import interpolate, start_as_interpolation
from sr_fingerprints.runtime.errors import InputError

SETTINGS = {
    "EDSR": {"num_feat": 8, "num_block": 1},
    "RCAN": {"num_feat": 8, "num_group": 1, "num_block": 1, "squeeze_factor": 4},
    "SwinIR": {"embed_dim": 8, "depths": [2], "num_heads": [2], "img_size": 16},
    "RDN": {"num_features": 8, "num_blocks": 2, "num_layers": 2},
    "NLSN": {"n_resblocks": 1, "n_feats": 8, "n_hashes": 1},
}
CASES = [(name, scale) for name in SETTINGS for scale in (2, 3, 4)]
LAST = {"RDN": lambda network: network.UPNet[-1], "NLSN": lambda network: network.tail[-1]}


def started(architecture, scale, seed=1, settings=None):
    torch.manual_seed(seed)
    network = build_trainable(architecture, scale, **(settings or SETTINGS[architecture])).eval()
    start_as_interpolation(architecture, network)
    return network


def without_random_features(architecture, network):
    last = LAST.get(architecture, lambda network: network.conv_last)(network)
    with torch.no_grad():
        last.weight[:, 3:] = 0
    return network


def inside(images, scale):
    border = 8 * scale
    return images[:, :, border:-border, border:-border]


@pytest.fixture
def images():
    return torch.rand(2, 3, 24, 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("architecture", "scale"), CASES)
@torch.no_grad()
def test_without_its_random_features_an_untrained_network_is_that_interpolation(architecture, scale, images):
    network = without_random_features(architecture, started(architecture, scale))
    found, wanted = inside(network(images), scale), inside(interpolate(images.double(), scale), scale)
    assert (found - wanted).abs().max() < 1e-6


@pytest.mark.parametrize(("architecture", "scale"), CASES)
@torch.no_grad()
def test_with_them_it_is_close_to_it_where_the_stock_start_is_not(architecture, scale, images):
    wanted = inside(interpolate(images, scale), scale)
    torch.manual_seed(1)
    stock = build_trainable(architecture, scale, **SETTINGS[architecture]).eval()
    started_off, stock_off = (
        (inside(network(images), scale) - wanted).abs().mean() for network in (started(architecture, scale), stock)
    )
    assert started_off < 0.05
    assert stock_off > 3 * started_off


@pytest.mark.parametrize("architecture", SETTINGS)
@torch.no_grad()
def test_seeds_still_differ_and_equal_seeds_do_not(architecture, images):
    one, other, again = (started(architecture, 2, seed)(images) for seed in (1, 2, 1))
    assert (one - other).abs().mean() > 1e-4
    assert torch.equal(one, again)


@pytest.mark.parametrize("architecture", SETTINGS)
def test_the_architecture_and_the_random_state_stay_as_they_are(architecture):
    torch.manual_seed(1)
    stock = build_trainable(architecture, 4, **SETTINGS[architecture])
    drawn = torch.get_rng_state()
    network = started(architecture, 4)
    assert torch.equal(torch.get_rng_state(), drawn)
    shapes = {name: (weights.shape, weights.dtype) for name, weights in stock.state_dict().items()}
    assert {name: (weights.shape, weights.dtype) for name, weights in network.state_dict().items()} == shapes
    assert [p.requires_grad for p in network.parameters()] == [p.requires_grad for p in stock.parameters()]


@pytest.mark.parametrize("architecture", SETTINGS)
def test_colours_learn_with_everything_else(architecture, images):
    network = started(architecture, 2).train()
    (network(images) - 1).abs().mean().backward()
    for name, weights in network.named_parameters():
        if weights.requires_grad and "relative_position" not in name:
            assert weights.grad is not None and weights.grad.abs().sum() > 0, name


@pytest.mark.parametrize(("scale", "curvature"), [(2, 0.2), (3, 0.2), (4, 0.0), (8, 0.0)])
def test_a_surface_of_second_degree_is_interpolated_exactly(scale, curvature):
    """By one enlarging layer; of the second, which takes the sub-pixels for samples, a plane is."""

    def surface(side, pixel):
        at = (torch.arange(side, dtype=torch.float64) + 0.5) * pixel / 24
        row, column = at[:, None], at[None]
        return (0.2 + 0.3 * row - 0.1 * column + curvature * (row**2 - 0.5 * column**2))[None, None]

    found, wanted = interpolate(surface(24, 1.0), scale), surface(24 * scale, 1 / scale)
    torch.testing.assert_close(inside(found, scale), inside(wanted, scale))


def test_a_network_with_too_few_features_is_refused():
    with pytest.raises(InputError, match="found 'upsampling' for EDSR of 2 features; allowed: 'default', or"):
        started("EDSR", 2, settings={"num_feat": 2, "num_block": 1})


def test_an_architecture_without_a_known_path_is_refused(monkeypatch):
    monkeypatch.delattr("sr_fingerprints.networks.architectures.trained.edsr.colour_path")
    with pytest.raises(InputError, match="found 'upsampling' with EDSR; allowed: 'default'"):
        start_as_interpolation("EDSR", torch.nn.Identity())


def test_a_layer_of_another_kind_than_expected_is_refused():
    network = build_trainable("EDSR", 2, num_feat=8, num_block=1)
    assert convolution(network, "conv_first") is network.conv_first
    with pytest.raises(TypeError, match=r"upsample\.1 is a PixelShuffle, not a Conv2d"):
        convolution(network, "upsample.1")
