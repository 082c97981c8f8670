"""Every published architecture against what its authors' own code computes, to the last digits."""

import numpy as np
import pytest
import torch
from golden_fixtures import NAMES, Golden, forget_weights

from sr_fingerprints.networks.architectures import build_network
from sr_fingerprints.networks.architectures.registry import PUBLISHED
from sr_fingerprints.runtime.errors import InputError

BUILT_AS = {
    "drn_l": ("DRN", {"n_blocks": 40, "n_feats": 20}),
    "drn_s": ("DRN", {"n_blocks": 30, "n_feats": 16}),
    "edsr": ("EDSR", {}),
    "enhancenet": ("EnhanceNet", {}),
    "esrgan": ("ESRGAN", {}),
    "liif_edsr_baseline": ("LIIF", {"encoder": "EDSR-baseline"}),
    "liif_rdn": ("LIIF", {"encoder": "RDN"}),
    "ncsr": ("NCSR", {}),
    "nlsn": ("NLSN", {}),
    "prosr": ("ProSR", {}),
    "prosrgan": ("ProSR", {}),
    "rcan": ("RCAN", {}),
    "rdn": ("RDN", {"names": "EDSR-PyTorch"}),
    "rdn_yjn870": ("RDN", {"names": "yjn870"}),
    "real_esrgan": ("Real_ESRGAN", {}),
    "san": ("SAN", {}),
    "spsr": ("SPSR", {}),
    "srfbn": ("SRFBN", {}),
    "swinir": ("SwinIR", {"upsampler": "pixelshuffle"}),
    "swinir_gan": ("SwinIR", {"upsampler": "nearest+conv"}),
}
"""How the network of a fixture is built; the fixtures' names begin with these."""

SIZES = {"n_blocks", "n_resgroups", "n_resblocks", "rgb_range"}
"""Settings in which the network that made a fixture's outputs may differ from the published one; authors' names."""

BASICSR_NAMES = {"n_resgroups": "num_group", "n_resblocks": "num_block", "rgb_range": "img_range"}
"""Names of those settings in EDSR and RCAN, whose settings are called here as BasicSR calls them."""


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    torch.set_num_threads(1)
    yield
    forget_weights()


def built(golden, variant=None):
    """The published network of a fixture, or the one that made one of its outputs."""
    family, _, scale = golden.name.rpartition("_x")
    architecture, settings = BUILT_AS[family]
    if variant is not None:
        configurations = [golden.facts["golden_config"]]
        configurations += [golden.facts.get("variants", {}).get(variant, {}).get("golden_config")]
        for configuration in configurations:
            if isinstance(configuration, dict):
                names = BASICSR_NAMES if architecture in ("EDSR", "RCAN") else {}
                settings = settings | {
                    names.get(key, key): configuration[key] for key in SIZES & configuration.keys()
                }
    return build_network(architecture, int(scale), **settings).eval()


def shapes(network):
    return {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}


def applied(network, images):
    with torch.inference_mode():
        if getattr(network, "random", False):
            return network(images, torch.Generator().manual_seed(0))
        return network(images)


@pytest.mark.parametrize("name", NAMES)
def test_state_dict_is_exactly_the_published_one(name):
    golden = Golden(name)
    with torch.device("meta"):
        assert shapes(built(golden)) == golden.published_shapes


@pytest.mark.parametrize("name", NAMES)
def test_outputs_are_those_of_the_authors_code(name):
    golden = Golden(name)
    network = None
    for variant, expected in golden.outputs.items():
        if variant in ("z", "split_eps"):  # random numbers that are drawn from the seed again
            continue
        if network is None or variant == "output_x255":
            network = built(golden, variant)
            assert shapes(network) == golden.golden_shapes
            network.load_state_dict(golden.weights(network))
        found = golden.part(applied(network, golden.images(variant)), variant)
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() <= tolerance(name, variant) * np.abs(expected).max(), variant


def tolerance(name, variant):
    """The largest difference allowed, as a share of the largest value."""
    if name.startswith("ncsr"):
        return 1e-3  # a change of the input by 1e-7 changes its output by as much
    if name.startswith("nlsn") and variant != "output_stable_sort":
        return 1e-2  # the authors' sort is not stable, and its order not the same everywhere
    return 1e-5


@pytest.mark.parametrize("architecture", PUBLISHED)
def test_one_missing_or_unexpected_key_is_named(architecture):
    name = next(name for name in NAMES if BUILT_AS[name.rpartition("_x")[0]][0] == architecture)
    with torch.device("meta"):
        network = built(Golden(name), "output")
        weights = network.state_dict()
        key = list(weights)[len(weights) // 2]
        with pytest.raises(RuntimeError, match=f"Unexpected key.*{key}_more"):
            network.load_state_dict(weights | {f"{key}_more": weights[key]}, assign=True)
        del weights[key]
        with pytest.raises(RuntimeError, match=f"Missing key.*{key}"):
            network.load_state_dict(weights, assign=True)


@pytest.mark.parametrize("architecture", PUBLISHED)
def test_an_impossible_scale_or_setting_is_named(architecture):
    with pytest.raises(InputError, match=f"{architecture}: a scale of 5 is not possible"):
        build_network(architecture, 5)
    with pytest.raises(InputError, match=f"{architecture}: 'n_wheels' is not a setting of it"):
        build_network(architecture, 4, n_wheels=4)
