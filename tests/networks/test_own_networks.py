"""Networks of the user's own: a file that spandrel recognises, or one that BasicSR trained, named in one row."""

import copy
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from spandrel.architectures.Compact import Compact
from spandrel.architectures.ESRGAN import ESRGAN

from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import load_network
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.networks import published_networks

ROOT = Path(__file__).parents[2]


def row(**own):
    (row,) = published_networks([], [own], ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json")
    return row


def photo(height=15, width=22):
    return np.random.default_rng(0).integers(0, 256, (1, height, width, 3), np.uint8)


def compact(scale=2, channels=3):
    torch.manual_seed(0)
    network = Compact(num_in_ch=channels, num_out_ch=channels, num_feat=8, num_conv=2, upscale=scale)
    return network.eval()


def expected(network, images):
    with torch.inference_mode():
        low = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
        return (network(low) * 255).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize("wrapped", ["bare", "params", "module", "safetensors"])
def test_a_recognised_file_needs_no_more_than_its_place_and_scale(tmp_path, wrapped):
    network = compact()
    path = tmp_path / ("mine.safetensors" if wrapped == "safetensors" else "mine.pth")
    weights = network.state_dict()
    if wrapped == "safetensors":
        safetensors.torch.save_file(weights, path)
    elif wrapped == "module":
        torch.save({"state_dict": {f"module.{key}": value for key, value in weights.items()}}, path)
    else:
        torch.save({"params": weights} if wrapped == "params" else weights, path)
    resolve = load_network(row(network="mine", scale=2, weights=str(path)), [path], ComputeBudget())
    np.testing.assert_array_equal(resolve(photo()), expected(network, photo()))


def test_a_network_that_needs_a_multiple_gets_it(tmp_path):
    torch.manual_seed(0)
    network = ESRGAN(num_filters=8, num_blocks=1, scale=2, shuffle_factor=2).eval()
    torch.save(network.state_dict(), tmp_path / "mine.pth")
    mine = row(network="mine", scale=2, weights="mine.pth", trial="size")
    resolve = load_network(mine, [tmp_path / "mine.pth"], ComputeBudget())
    assert resolve(photo()).shape == (1, 30, 44, 3)


def test_a_network_whose_output_is_no_enlarged_image_is_refused(tmp_path):
    torch.manual_seed(0)
    torch.save(ESRGAN(num_filters=8, num_blocks=1, scale=2).state_dict(), path := tmp_path / "mine.pth")
    words = r"mine\.pth \(ESRGAN\): its output, reduced, differs by \d.* picture of 42 x 33 pixels .*`trial: size`"
    with pytest.raises(InputError, match=words):
        load_network(row(network="mine", scale=2, weights="mine.pth"), [path], ComputeBudget())


def test_a_network_that_fails_on_a_picture_or_makes_no_numbers_is_named(tmp_path, monkeypatch):
    network = compact()
    torch.save(network.state_dict(), path := tmp_path / "mine.pth")

    def fail(self, images):
        raise IndexError("side 33\nis odd")

    with monkeypatch.context() as patch:
        patch.setattr(Compact, "forward", fail)
        with pytest.raises(InputError, match=r"mine\.pth \(.*\): fails on a small picture \(side 33\); allowed"):
            load_network(row(network="mine", scale=2, weights="mine.pth"), [path], ComputeBudget())
    for parameter in network.parameters():
        parameter.data.sign_().mul_(3e38)  # whose sums are infinite, and the sums of these none
    torch.save(network.state_dict(), path)
    with pytest.raises(
        InputError, match=r"mine\.pth .* 42 x 33 pixels: the network's output is not finite, in float32"
    ):
        load_network(row(network="mine", scale=2, weights="mine.pth"), [path], ComputeBudget())


def test_the_trial_does_not_decide_how_images_are_computed(tmp_path):
    torch.save(compact().state_dict(), path := tmp_path / "mine.pth")
    resolve = load_network(row(network="mine", scale=2, weights="mine.pth"), [path], ComputeBudget(memory=1e-6))
    assert resolve.details == {"tile": None}


def test_the_row_says_where_the_files_are():
    assert row(network="a", scale=2, weights="https://example.org/a.pth?x=1", sha256="0" * 64).files == {
        "pth": {"sha256": "0" * 64, "sources": [{"url": "https://example.org/a.pth?x=1", "name": "a-8d5703d8.pth"}]}
    }
    pair = row(network="a", scale=2, param="a.param", bin="https://example.org/b.bin", loss="GAN")
    assert pair.files == {
        "param": {"sources": [{"path": "a.param"}]},
        "bin": {"sources": [{"url": "https://example.org/b.bin", "name": "a-f6d4cb13.bin"}]},
    }
    assert (
        row(network="a", scale=2, weights="https://example.org/b.pth").files["pth"]["sources"][0]["name"] != "a.pth"
    )
    assert list(row(network="a", scale=2, weights="runs/1/a#b.PTH.tar").files) == ["pth"]
    verified = row(network="a", scale=2, param="a.param", bin="a.bin", sha256="0" * 64).files
    assert ["sha256" in verified[suffix] for suffix in ("param", "bin")] == [False, True]
    assert (pair.framework, pair.loss, pair.dataset, pair.origin) == ("ncnn", "GAN", "NA", "published")


def test_what_nothing_recognises_is_named_with_what_was_tried(tmp_path):
    path = tmp_path / "mine.pth"
    torch.save({"what.weight": torch.zeros(3, 3)}, path)
    with pytest.raises(
        InputError, match=r"mine\.pth: holds no network that is recognised.*ESRGAN.*our own .*\(DRN, EDSR"
    ):
        load_network(row(network="mine", scale=2, weights="mine.pth"), [path], ComputeBudget())
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(InputError, match=r"mine\.pth"):
        load_network(row(network="mine", scale=2, weights="mine.pth"), [path], ComputeBudget())


def test_a_network_that_looks_like_one_and_is_not_is_named(tmp_path):
    weights = copy.deepcopy(compact().state_dict())
    weights["body.0.weight"] = weights["body.0.weight"][:, :, :1]
    torch.save(weights, tmp_path / "mine.pth")
    with pytest.raises(InputError, match=r"mine\.pth: holds no network that is recognised \(the nearest one failed"):
        load_network(row(network="mine", scale=2, weights="mine.pth"), [tmp_path / "mine.pth"], ComputeBudget())


def test_a_network_of_another_scale_or_of_grey_images_is_refused(tmp_path):
    path = tmp_path / "mine.pth"
    torch.save(compact(scale=4).state_dict(), path)
    with pytest.raises(InputError, match=r"mine\.pth: a network of scale 4 \(RealESRGAN Compact\), not of 2"):
        load_network(row(network="mine", scale=2, weights="mine.pth"), [path], ComputeBudget())
    torch.save(compact(channels=1).state_dict(), path)
    with pytest.raises(InputError, match=r"mine\.pth: RealESRGAN Compact, which does not map RGB images"):
        load_network(row(network="mine", scale=2, weights="mine.pth"), [path], ComputeBudget())
