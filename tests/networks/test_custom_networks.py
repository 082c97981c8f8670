"""Building, saving, loading and applying the networks that the workflow trains."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open

from sr_fingerprints.networks.architectures import build_trainable
from sr_fingerprints.networks.architectures.registry import TRAINED
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import load_network, trained
from sr_fingerprints.networks.super_resolver import TorchSuperResolver
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow

EFFORT = ComputeBudget()
SEEDS = [5, 6, 7]

SMALL = {
    "EDSR": {"num_feat": 8, "num_block": 1},
    "RCAN": {"num_feat": 8, "num_group": 1, "num_block": 1, "squeeze_factor": 4},
    "SwinIR": {"img_size": 8, "depths": [1, 2], "embed_dim": 8, "num_heads": [2, 1]},
    "RDN": {"num_features": 4, "num_blocks": 2, "num_layers": 2},
    "NLSN": {"n_resblocks": 1, "n_feats": 8, "chunk_size": 16, "n_hashes": 2},
}

LIGHT_AND_REAL = """
import sys, torch
from sr_fingerprints.runtime.light_imports import import_without_packages
from sr_fingerprints.networks.architectures import build_trainable
small = {
    "EDSR": {"num_feat": 16, "num_block": 1},
    "RCAN": {"num_feat": 16, "num_block": 1},
    "SwinIR": {"img_size": 16, "depths": [2], "num_heads": [2], "embed_dim": 8},
}
light = {name: build_trainable(name, 2, **settings).eval() for name, settings in small.items()}
resize = import_without_packages("basicsr.utils.matlab_functions").imresize
vgg, resnet = (import_without_packages(f"torchvision.models.{name}") for name in ("vgg", "resnet"))
rcan, rdn = (import_without_packages(f"torchsr.models.{name}") for name in ("rcan", "rdn"))
assert not [name for name in sys.modules if name.partition(".")[0] in ("basicsr", "torchsr", "torchvision")]
import basicsr, torchsr, torchvision
from basicsr.archs import build_network as real_network
images = torch.rand(1, 3, 16, 16)
fixed = {"SwinIR": {"window_size": 8, "mlp_ratio": 2, "upsampler": "pixelshuffle"}}
for name, network in light.items():
    others = fixed.get(name, {"num_in_ch": 3, "num_out_ch": 3})
    real = real_network({"type": name, "upscale": 2} | small[name] | others).eval()
    real.load_state_dict(network.state_dict())
    assert torch.equal(real(images), network(images)), name
assert torch.equal(basicsr.utils.matlab_functions.imresize(images[0], 0.5), resize(images[0], 0.5))
real_vgg = torchvision.models.vgg
for ours, theirs in [
    (vgg.make_layers(vgg.cfgs["A"]), real_vgg.make_layers(real_vgg.cfgs["A"])),
    (resnet.resnet18(), torchvision.models.resnet18()),
    (rcan.RCAN(1, 1, 8, 4, 2), sys.modules["torchsr.models.rcan"].RCAN(1, 1, 8, 4, 2)),
    (rdn.RDN(2, 4, 1, 1, 4), sys.modules["torchsr.models.rdn"].RDN(2, 4, 1, 1, 4)),
]:
    theirs.load_state_dict(ours.state_dict())
    images = torch.rand(1, 3, 64, 64)
    assert torch.equal(ours.eval()(images), theirs.eval()(images)), type(ours)
    assert type(ours) is torch.nn.Sequential or type(ours) is not type(theirs)
assert vgg.cfgs == real_vgg.cfgs and vgg is not real_vgg
assert import_without_packages("basicsr.archs.discriminator_arch") is basicsr.archs.discriminator_arch
"""

EACH_ITS_OWN = """
import sys
from sr_fingerprints.networks.architectures import build_trainable
assert "torch" not in sys.modules
prefix = "sr_fingerprints.networks.architectures."
build_trainable("EDSR", 2, num_feat=8, num_block=1)
loaded = {name.removeprefix(prefix) for name in sys.modules if name.startswith(prefix)}
assert loaded == {"registry", "colour_paths", "trained", "trained.edsr"}, loaded
"""


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(0)


def row(architecture="EDSR", scale=2):
    name = f"{architecture}-natural-x{scale}-L1-s1"
    return NetworkRow(name, architecture, scale=scale, origin="custom", framework="trained")


def random_images(count=3, height=20, width=14):
    return np.random.default_rng(0).integers(0, 256, (count, height, width, 3), np.uint8)


def saved(path, architecture="EDSR", scale=2):
    network = build_trainable(architecture, scale, **SMALL[architecture])
    trained.save(path, network, row(architecture, scale), SMALL[architecture])
    return network


@pytest.mark.parametrize("architecture", TRAINED)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_saved_network_gives_the_same_images_when_loaded(tmp_path, architecture, scale):
    network = saved(tmp_path / "a.safetensors", architecture, scale)
    loaded = load_network(row(architecture, scale), [tmp_path / "a.safetensors"], EFFORT)
    images = random_images(height=21, width=15)
    made = loaded(images, SEEDS)
    assert loaded.scale == scale
    assert made.shape == (3, 21 * scale, 15 * scale, 3)
    assert made.dtype == np.uint8
    torch.rand(7)
    np.testing.assert_array_equal(made, TorchSuperResolver(network, scale)(images, SEEDS))


@pytest.mark.parametrize("architecture", TRAINED)
def test_settings_are_as_they_were_when_loaded(tmp_path, architecture):
    network = saved(tmp_path / "a", architecture)
    loaded = load_network(row(architecture), [tmp_path / "a"], EFFORT)
    again = tmp_path / "again"
    with safe_open(tmp_path / "a", framework="pt") as file:
        settings = json.loads(file.metadata()["network"])["settings"]
    assert settings == SMALL[architecture]
    trained.save(again, loaded._network, row(architecture), settings)
    assert again.read_bytes() == (tmp_path / "a").read_bytes()
    assert [*loaded._network.state_dict()] == [*network.state_dict()]


@pytest.mark.parametrize("architecture", TRAINED)
@pytest.mark.parametrize("scale", [2, 4])
def test_training_reaches_every_parameter(architecture, scale):
    network = build_trainable(architecture, scale, **SMALL[architecture]).train()
    images = network(torch.rand(4, 3, 9, 11))
    assert images.shape == (4, 3, 9 * scale, 11 * scale)
    images.square().mean().backward()
    trained = {name: parameter for name, parameter in network.named_parameters() if parameter.requires_grad}
    assert not [name for name, parameter in trained.items() if parameter.grad is None or not parameter.grad.any()]


def test_a_random_network_draws_as_it_is_told():
    network = build_trainable("NLSN", 2, **SMALL["NLSN"])
    resolve = TorchSuperResolver(network, 2)
    images = np.repeat(random_images(count=1), 2, axis=0)
    first, second = resolve(images, [1, 2])
    np.testing.assert_array_equal(resolve(images, [2, 1]), [second, first])
    low = torch.rand(1, 3, 12, 12)
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(network(low))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


@pytest.mark.parametrize("architecture", TRAINED)
def test_batch_size_does_not_change_an_output(architecture):
    resolve = TorchSuperResolver(build_trainable(architecture, 2, **SMALL[architecture]), 2)
    images = random_images(count=7, height=33, width=40)
    one_by_one = np.concatenate([resolve(image[None], [seed]) for seed, image in enumerate(images)])
    np.testing.assert_array_equal(resolve(images, range(7)), one_by_one)


def test_output_is_rounded_and_clamped():
    class Offset(torch.nn.Module):
        def forward(self, images):
            return images + torch.tensor([0.6, -0.6, 300]).view(3, 1, 1) / 255

    images = np.array([[[[254, 0, 7], [255, 1, 0]]]], np.uint8)
    np.testing.assert_array_equal(TorchSuperResolver(Offset(), 1)(images), [[[[255, 0, 255], [255, 0, 255]]]])


def test_the_same_network_is_the_same_file(tmp_path):
    for name in ("a", "b"):
        torch.manual_seed(5)
        saved(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    "architecture, scale, settings, message",
    [
        ("SRCNN", 2, {}, "architecture: 'SRCNN' .* EDSR, RCAN"),
        (
            "EDSR",
            2,
            {"num_group": 2},
            "EDSR: num_group: unknown setting; allowed: num_feat, num_block, res_scale, img_range",
        ),
        ("EDSR", 5, {}, "EDSR: a scale of 5 .* 2, 3, 4, 8"),
        ("RCAN", 2, {"num_feat": 8}, "RCAN: squeeze_factor: found 16; allowed: up to num_feat, 8"),
        (
            "SwinIR",
            2,
            {"depths": [6]},
            r"SwinIR: num_heads: found \(6, .*; allowed: one number for each of the 1 groups",
        ),
        ("SwinIR", 2, {"embed_dim": 64}, r"SwinIR: num_heads: found \(6, .*; allowed: divisors of embed_dim, 64"),
        (
            "SwinIR",
            2,
            {"window_size": 4},
            "SwinIR: window_size: unknown setting; allowed: img_size, depths, embed_dim, num_heads",
        ),
        ("RDN", 8, {}, "RDN: a scale of 8 .* 2, 3, 4"),
        ("NLSN", 2, {"n_feats": 2}, "NLSN: reduction: found 4; allowed: up to n_feats, 2"),
    ],
)
def test_what_cannot_be_built_is_named(architecture, scale, settings, message):
    with pytest.raises(InputError, match=message):
        build_trainable(architecture, scale, **settings)


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "a.safetensors"
    saved(path)
    whole = path.read_bytes()
    for content in (b"", whole[:100], whole[:-4], b"\0" * 300, whole.replace(b'"network"', b'"netw0rk"', 1)):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"a\.safetensors: damaged"):
            load_network(row(), [path], EFFORT)


def test_a_file_of_another_network_is_named(tmp_path):
    path = tmp_path / "a.safetensors"
    saved(path)
    with pytest.raises(InputError, match=r"a\.safetensors: holds a network of architecture 'EDSR', not 'RCAN'"):
        load_network(row("RCAN"), [path], EFFORT)
    with pytest.raises(InputError, match=r"a\.safetensors: holds a network of scale 2, not 4"):
        load_network(row(scale=4), [path], EFFORT)
    trained.save(path, build_trainable("EDSR", 2, **SMALL["EDSR"]), row(), {"num_feat": 16, "num_block": 1})
    with pytest.raises(InputError, match=r"a\.safetensors: the weights do not fit .*size mismatch"):
        load_network(row(), [path], EFFORT)


def test_an_unknown_framework_is_named(tmp_path):
    with pytest.raises(InputError, match="framework 'onnx' is not known"):
        load_network(replace(row(), framework="onnx"), [tmp_path / "a"], EFFORT)


def test_a_job_imports_no_other_architecture():
    subprocess.run([sys.executable, "-c", EACH_ITS_OWN], check=True, timeout=600)


def test_light_imports_are_the_real_modules_and_leave_no_trace():
    subprocess.run([sys.executable, "-c", LIGHT_AND_REAL], check=True, timeout=600)
