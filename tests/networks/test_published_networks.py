"""The table of published networks, and its rows from a checkpoint in the authors' layout to 8-bit photos."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from golden_fixtures import Golden
from test_state_dicts import table_of

from sr_fingerprints.networks.architectures import build_network
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import load_network
from sr_fingerprints.networks.loading.torch import super_resolver, untrained
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.networks import published_networks

ROOT = Path(__file__).parents[2]
TABLE, SCHEMA = ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json"
ENTRIES = yaml.safe_load(TABLE.read_text())
ROWS = {row.network: row for row in published_networks(list(ENTRIES), [], TABLE, SCHEMA)}
PAPER = {
    "DRN-div2k-x4-L1": "drn_l_x4",
    "EDSR-div2k-x2-L1": "edsr_x2",
    "EDSR-div2k-x4-L1": "edsr_x4",
    "ESRGAN-NA-x4-ESRGAN": "esrgan_x4",
    "EnhanceNet-NA-x4-EnhanceNet": "enhancenet_x4",
    "LIIF-div2k-x2-L1": "liif_rdn_x2",
    "LIIF-div2k-x4-L1": "liif_rdn_x4",
    "NCSR-div2k-x4-NCSR_GAN": "ncsr_x4",
    "NLSN-div2k-x2-L1": "nlsn_x2",
    "NLSN-div2k-x4-L1": "nlsn_x4",
    "RCAN-div2k-x2-L1": "rcan_x2",
    "RCAN-div2k-x4-L1": "rcan_x4",
    "RDN-div2k-x2-L1": "rdn_yjn870_x2",
    "RDN-div2k-x4-L1": "rdn_yjn870_x4",
    "Real_ESRGAN-div2k-x2-GAN": "real_esrgan_x2",
    "Real_ESRGAN-div2k-x4-GAN": "real_esrgan_x4",
    "SAN-div2k-x4-L1": "san_x4",
    "SPSR-div2k-x4-SPSR_GAN": "spsr_x4",
    "SRFBN-NA-x2-L1": "srfbn_x2",
    "SRFBN-NA-x4-L1": "srfbn_x4",
    "SwinIR-div2k-x2-L1": "swinir_x2",
    "SwinIR-div2k-x4-GAN": "swinir_gan_x4",
    "SwinIR-div2k-x4-L1": "swinir_x4",
    "proSR-div2k-x4-L1": "prosr_x4",
    "proSR-div2k-x4-ProSRGAN": "prosrgan_x4",
}
"""The 25 networks as the paper names them, and the fixture that each has to agree with."""

OTHERS = {
    "DRN_S-div2k-x4-L1": "drn_s_x4",
    "LIIF_EDSR-div2k-x2-L1": "liif_edsr_baseline_x2",
    "LIIF_EDSR-div2k-x4-L1": "liif_edsr_baseline_x4",
}


def row(name, **changes):
    """A row, with other settings; its weights in these tests are random ones, and so have another digest."""
    row = ROWS[f"{name}-NA-pretrained"]
    files = {suffix: {"sources": file["sources"]} for suffix, file in row.files.items()}
    return replace(row, run=row.run | changes, files=files)


def photo(height=24, width=30):
    return np.random.default_rng(0).integers(0, 256, (1, height, width, 3), np.uint8)


def test_the_table_has_the_papers_25_networks():
    in_paper = [name for name, entry in ENTRIES.items() if entry.get("in_paper")]
    assert sorted(in_paper) == sorted(f"{name}-NA-pretrained" for name in PAPER)


def test_the_demo_has_networks_of_every_group_of_table_1():
    """At 2X, and at 4X of either kind of loss, as section 4.1.2 of the paper compares them."""
    demo = yaml.safe_load((ROOT / "config.yaml").read_text())["networks"]["published"]
    groups = {(ENTRIES[name]["scale"], ENTRIES[name]["loss"] == "L1") for name in demo}
    assert groups == {(2, True), (2, False), (4, True), (4, False)}
    assert sum(ENTRIES[name]["scale"] == 4 and ENTRIES[name]["loss"] == "L1" for name in demo) >= 2


@pytest.mark.parametrize("name", ROWS)
def test_a_name_is_made_of_the_columns(name):
    assert name == "{architecture}-{dataset}-x{scale}-{loss}-NA-pretrained".format(**vars(ROWS[name]))


@pytest.mark.parametrize("name, golden", (PAPER | OTHERS).items())
def test_a_row_builds_the_network_that_its_authors_published(name, golden):
    with torch.device("meta"):
        weights = untrained(row(name)).state_dict()
    assert {key: tuple(tensor.shape) for key, tensor in weights.items()} == Golden(golden).published_shapes


@pytest.mark.parametrize("name", PAPER)
def test_a_row_says_where_its_weights_are(name):
    """An address that needs no hand, a licence, and the authors."""
    (file,) = row(name).files.values()
    assert file["sources"]
    assert row(name).licence and row(name).source.startswith("https://")


def assert_rounded_alike(found, expected):
    """Equal grey levels, but for a few that the last digits of a float put on either side of a half."""
    difference = np.abs(found - expected)
    assert difference.max() <= 1 and difference.mean() < 1e-3


def saved(path, name, **settings):
    """A checkpoint with random weights in the layout that the row tells; returns the network in it."""
    torch.manual_seed(0)
    run = row(name).run
    network = untrained(row(name, settings=run.get("settings", {}) | settings)).eval()
    weights = {f"module.{key}": value for key, value in network.state_dict().items()}
    for step in reversed(run["inside"].split(".") if run.get("inside") else []):
        weights = {step: weights, "epoch": 3}
    torch.save(weights, path)
    return network


@pytest.mark.parametrize(
    "name, given, taken",
    [
        ("SRFBN-NA-x2-L1", lambda low: low * 255, lambda high: high.round()),
        ("LIIF_EDSR-div2k-x2-L1", lambda low: low * 2 - 1, lambda high: ((high + 1) / 2 * 255).floor()),
        ("DRN_S-div2k-x4-L1", lambda low: low * 255, lambda high: high.round()),
    ],
)
def test_from_the_authors_checkpoint_to_photos(tmp_path, name, given, taken):
    network = saved(tmp_path / "a.pth", name)
    resolve = load_network(row(name), [tmp_path / "a.pth"], ComputeBudget())
    with torch.inference_mode():
        high = taken(network(given(torch.from_numpy(photo()).permute(0, 3, 1, 2).float() / 255)))
    assert_rounded_alike(resolve(photo()), high.clamp(0, 255).permute(0, 2, 3, 1).numpy())


@pytest.mark.parametrize("max_scale", [4, 8])
def test_the_size_of_prosr_follows_from_its_weights(max_scale):
    with torch.device("meta"):
        weights = build_network("ProSR", 4, max_scale=max_scale).state_dict()
        assert untrained(row("proSR-div2k-x4-L1"), weights).state_dict().keys() == weights.keys()


def test_enhancenet_from_the_layout_of_its_checkpoint(tmp_path):
    """TensorFlow's variables, in a table with the layout (height, width, input, output)."""
    network = saved(tmp_path / "a.pth", "EnhanceNet-NA-x4-EnhanceNet")
    variables = {
        name: (tensor.permute(2, 3, 1, 0) if tensor.ndim == 4 else tensor).numpy()
        for name, tensor in network.state_dict().items()
    }
    (tmp_path / "a.tensorflow").write_bytes(table_of(variables))
    resolve = load_network(row("EnhanceNet-NA-x4-EnhanceNet"), [tmp_path / "a.tensorflow"], ComputeBudget())
    with torch.inference_mode():
        high = network(torch.from_numpy(photo()).permute(0, 3, 1, 2).float() / 255).permute(0, 2, 3, 1).numpy()
    assert_rounded_alike(resolve(photo()), np.floor(high * 255 + 0.5).clip(0, 255))


@pytest.mark.parametrize(
    "name, settings, size",
    [("NLSN-div2k-x2-L1", {"n_resblocks": 8, "n_feats": 32}, (25, 31)), ("NCSR-div2k-x4-NCSR_GAN", {}, (9, 11))],
)
def test_what_a_random_network_makes_follows_from_the_seed(name, settings, size):
    torch.manual_seed(0)
    network = untrained(row(name, settings=settings))
    resolve = super_resolver(network, row(name), ComputeBudget())
    first, again, other = (resolve(photo(*size), [seed]) for seed in (3, 3, 4))
    assert first.shape == (1, size[0] * row(name).scale, size[1] * row(name).scale, 3)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_weights_with_another_digest_are_refused(tmp_path):
    name = "EnhanceNet-NA-x4-EnhanceNet"
    saved(tmp_path / "a.pth", name)
    with pytest.raises(InputError, match=r"a\.pth: damaged or another version \(sha256 .*, not 4250b3dc5e69"):
        load_network(ROWS[f"{name}-NA-pretrained"], [tmp_path / "a.pth"])


def test_only_what_decides_images_makes_them_anew():
    """A mirror or a note more does not."""
    network = ROWS["ESRGAN-NA-x4-ESRGAN-NA-pretrained"]
    file = network.files["pth"]
    described = replace(network, notes="more", files={"pth": file | {"sources": [*file["sources"], {"path": "a"}]}})
    assert described.for_images() == network.for_images()
    assert replace(network, run={"range": 255}).for_images() != network.for_images()
    other = replace(network, files={"pth": file | {"sha256": "0" * 64}})
    assert other.for_images() != network.for_images()


def test_weights_of_another_network_are_refused_by_the_name_of_a_key(tmp_path):
    path = tmp_path / "a.pth"
    network = saved(path, "LIIF_EDSR-div2k-x2-L1")
    weights = network.state_dict()
    torch.save({"model": {"sd": {**weights, "more.weight": torch.zeros(1)}}}, path)
    with pytest.raises(InputError, match=r"a\.pth: does not hold the weights of LIIF_EDSR.*more\.weight"):
        load_network(row("LIIF_EDSR-div2k-x2-L1"), [path], ComputeBudget())
    weights.pop("imnet.layers.0.weight")
    torch.save({"model": {"sd": weights}}, path)
    with pytest.raises(InputError, match=r"a\.pth: does not hold the weights .*Missing.*imnet\.layers\.0\.weight"):
        load_network(row("LIIF_EDSR-div2k-x2-L1"), [path], ComputeBudget())
    torch.save({"model": weights}, path)
    with pytest.raises(InputError, match=r"a\.pth: no state dict at 'model\.sd'.*expected 'model'"):
        load_network(row("LIIF_EDSR-div2k-x2-L1"), [path], ComputeBudget())
