"""Networks that BasicSR trained, of weights and the section ``network_g`` of its options, against its own models."""

import logging

import numpy as np
import pytest
import torch
import yaml
from basicsr.archs import build_network
from basicsr.models import build_model
from basicsr.utils.img_util import tensor2img
from smoke_study import ROOT

from sr_fingerprints.networks.architectures import build_trainable
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import load_network, trained
from sr_fingerprints.networks.loading.basicsr import MODULES
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.networks import published_networks

SMALL = {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 8}
NETWORKS = {
    "EDSR": SMALL | {"num_block": 2, "upscale": 2, "res_scale": 0.1, "img_range": 1.0, "rgb_mean": [0.1, 0.2, 0.3]},
    "MSRResNet": SMALL | {"num_block": 1, "upscale": 4},
    "RCAN": SMALL | {"num_group": 1, "num_block": 1, "squeeze_factor": 2, "upscale": 3, "res_scale": 0.5},
    "RRDBNet": SMALL | {"num_block": 1, "num_grow_ch": 4, "scale": 2},
    "SRVGGNetCompact": SMALL | {"num_conv": 1, "upscale": 4, "act_type": "relu"},
    "SwinIR": {
        **{"in_chans": 3, "upscale": 2, "img_size": 8, "window_size": 4, "embed_dim": 12, "depths": [2]},
        **{
            "num_heads": [2],
            "mlp_ratio": 2,
            "upsampler": "pixelshuffle",
            "img_range": 1.0,
            "resi_connection": "1conv",
        },
    },
}
"""Options in which a loader that guessed from the weights alone would be wrong are not the defaults."""


def photo(height=15, width=22):
    return np.random.default_rng(0).integers(0, 256, (1, height, width, 3), np.uint8)


def row(**own):
    own = {"network": "mine", "weights": "mine.pth"} | own
    (row,) = published_networks([], [own], ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json")
    return row


def saved(path, kind, key="params_ema"):
    """Save a network of random weights as BasicSR's trainer does, and return the section that built it."""
    torch.manual_seed(0)
    section = {"type": kind} | NETWORKS[kind]
    torch.save({key: build_network(dict(section)).state_dict()}, path)
    return section, section.get("upscale", section.get("scale"))


def by_basicsr(section, scale, path, image):
    """What BasicSR's own model for tests makes of an image, uint8 (h, w, 3)."""
    logging.getLogger("basicsr").setLevel(logging.ERROR)
    model = build_model(
        {
            "model_type": "SwinIRModel" if section["type"] == "SwinIR" else "SRModel",
            **{"num_gpu": 0, "dist": False, "is_train": False, "scale": scale, "network_g": dict(section)},
            "path": {"pretrain_network_g": str(path), "param_key_g": "params_ema"},
        }
    )
    model.feed_data({"lq": torch.from_numpy(image.transpose(2, 0, 1)[None]).float() / 255})
    model.test()
    return tensor2img(model.output, rgb2bgr=False)


@pytest.mark.parametrize("kind", MODULES)
def test_images_are_those_of_basicsr(tmp_path, kind):
    section, scale = saved(tmp_path / "mine.pth", kind)
    mine = row(scale=scale, network_g=section, trial="size")
    assert (mine.framework, mine.architecture) == ("basicsr", "mine")
    resolve = load_network(mine, [tmp_path / "mine.pth"], ComputeBudget())
    image = photo(height=14, width=22)  # neither is a multiple of the window; BasicSR pads for SwinIR alone
    (ours,) = resolve(image)
    theirs = by_basicsr(section, scale, tmp_path / "mine.pth", image[0])
    assert ours.shape == theirs.shape == (14 * scale, 22 * scale, 3)
    np.testing.assert_array_equal(ours, theirs)
    assert resolve(photo(height=15, width=21)).shape == (1, 15 * scale, 21 * scale, 3)


def test_what_weights_do_not_tell_is_in_the_section(tmp_path):
    section, _ = saved(tmp_path / "mine.pth", "EDSR")
    image, images = photo(), []
    for changes in ({}, {"res_scale": 1}, {"img_range": 255.0}, {"rgb_mean": [0, 0, 0]}):
        mine = row(scale=2, network_g=section | changes, trial="size")
        images.append(load_network(mine, [tmp_path / "mine.pth"], ComputeBudget())(image))
    assert not any((images[0] == other).all() for other in images[1:])


def test_averaged_weights_come_first_and_the_scale_may_be_left_out(tmp_path):
    section, _ = saved(tmp_path / "ema.pth", "EDSR")
    averaged = torch.load(tmp_path / "ema.pth")["params_ema"]
    plain = {key: value + 1 for key, value in averaged.items()}
    torch.save({"params": plain, "params_ema": averaged}, tmp_path / "mine.pth")
    del section["upscale"], section["num_in_ch"]
    resolve = load_network(row(scale=2, network_g=section, trial="size"), [tmp_path / "mine.pth"], ComputeBudget())
    assert all((value == averaged[key]).all() for key, value in resolve.network.state_dict().items())


@pytest.mark.parametrize(
    ("architecture", "settings"),
    [
        ("EDSR", {"num_feat": 8, "num_block": 1}),
        ("RCAN", {"num_feat": 8, "num_group": 1, "num_block": 1, "squeeze_factor": 4}),
        ("SwinIR", {"img_size": 16, "embed_dim": 12, "depths": [2], "num_heads": [2]}),
    ],
)
def test_what_another_study_trained_is_such_a_file(tmp_path, architecture, settings):
    """EDSR, RCAN and SwinIR as `networks.architectures` has them; images are those of that study."""
    torch.manual_seed(0)
    studied = NetworkRow("a", architecture, scale=2, framework="trained")
    trained.save(tmp_path / "a.safetensors", build_trainable(architecture, 2, **settings), studied, settings)
    section = {"type": architecture, "upscale": 2} | settings
    if architecture == "SwinIR":
        section |= {"window_size": 8, "mlp_ratio": 2, "upsampler": "pixelshuffle", "img_range": 1.0}
    mine = row(scale=2, weights="a.safetensors", network_g=section, trial="size")
    ours, theirs = (load_network(each, [tmp_path / "a.safetensors"], ComputeBudget()) for each in (mine, studied))
    np.testing.assert_array_equal(ours(photo()), theirs(photo()))


def test_random_weights_are_refused_by_the_trial(tmp_path):
    section, _ = saved(tmp_path / "mine.pth", "RRDBNet")
    with pytest.raises(InputError, match=r"mine\.pth \(RRDBNet\): its output, reduced, differs by .*`trial: size`"):
        load_network(row(scale=2, network_g=section), [tmp_path / "mine.pth"], ComputeBudget())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"num_feat": 16},
            r"mine\.pth: does not hold the weights of the EDSR that network_g describes \(size mismatch",
        ),
        ({"num_block": 3}, r"describes \(Missing key\(s\) in state_dict: \"body\.2\.conv1\.weight\""),
        ({"num_layers": 3}, r"mine: BasicSR builds no EDSR of the options in network_g \(.*'num_layers'\)"),
        ({"num_feat": "many"}, r"mine: BasicSR builds no EDSR of the options in network_g \("),
    ],
)
def test_a_section_of_another_network_is_named_with_what_does_not_fit(tmp_path, changes, told):
    section, _ = saved(tmp_path / "mine.pth", "EDSR")
    with pytest.raises(InputError, match=told):
        load_network(row(scale=2, network_g=section | changes), [tmp_path / "mine.pth"], ComputeBudget())


def test_weights_without_their_section_are_refused_with_what_is_missing(tmp_path):
    saved(tmp_path / "mine.pth", "EDSR")
    with pytest.raises(InputError, match=r"One that BasicSR trained needs `network_g`"):
        load_network(row(scale=2), [tmp_path / "mine.pth"], ComputeBudget())


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({"type": "EDSR", "upscale": 4}, "upscale: found 4; allowed: 2, as `scale` of the row"),
        ({"type": "RRDBNet", "scale": 4}, "scale: found 4; allowed: 2, as `scale` of the row"),
        ({"type": "EDSR", "num_out_ch": 1}, "num_out_ch: found 1; allowed: 3, for RGB images"),
    ],
)
def test_a_section_that_contradicts_the_row_is_refused_before_any_job(section, told):
    with pytest.raises(InputError) as error:
        row(scale=2, network_g=section)
    assert str(error.value) == f"configuration: networks.own.0.network_g.{told}"


def test_the_schema_has_the_networks_that_can_be_loaded():
    schema = yaml.safe_load((ROOT / "schemas/config.schema.yaml").read_text())
    own = schema["properties"]["networks"]["properties"]["own"]["items"]["properties"]
    assert own["network_g"]["properties"]["type"]["enum"] == list(MODULES)


def test_the_section_is_of_weights_alone():
    with pytest.raises(InputError, match=r"own\.0\.network_g: found .*; allowed: only with weights"):
        published_networks(
            [],
            [{"network": "a", "scale": 2, "param": "a.param", "bin": "a.bin", "network_g": {"type": "EDSR"}}],
            ROOT / "resources/networks.yaml",
            ROOT / "schemas/networks.schema.json",
        )
