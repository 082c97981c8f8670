"""Derived networks: nothing changed is nothing changed, and what is changed is what its name says."""

import numpy as np
import pytest
import safetensors.torch
import torch
from spandrel.architectures.Compact import Compact
from torch import nn

from sr_fingerprints.derived import changes
from sr_fingerprints.derived.comparison import compare_with_parents
from sr_fingerprints.derived.derivation import derive, train_further
from sr_fingerprints.derived.generation import super_resolve_with_derived
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.images.generation import super_resolve
from sr_fingerprints.networks.architectures import build_trainable
from sr_fingerprints.networks.architectures.registry import TRAINED
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import load_network, trained
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.derived import checkpoint_iterations, derived_networks, further_trainings
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.networks import custom_networks

EDSR = {"num_feat": 8, "num_block": 1}
SWINIR = {"img_size": 8, "depths": [2], "embed_dim": 8, "num_heads": [2]}
FACTORIAL = {
    **{"architectures": ["EDSR", "SwinIR"], "scales": [2], "losses": ["L1", "VGG_GAN"], "datasets": ["a"]},
    **{"seeds": [1, 2], "settings": {"EDSR": EDSR, "SwinIR": SWINIR}},
}
TRAINING = {
    **{"iterations": 8, "batch_size": 2, "patch_size": 16, "initialisation": "upsampling", "learning_rate": 0.01},
    **{"schedule": "one_cycle", "ema": 0.9, "discriminator_learning_rate": None, "discriminator_features": 4},
    **{"perceptual_weights": "random", "vgg_layer": "conv1_1", "checkpoint_every": 3},
    **{"initialised_from": None, "overrides": []},
}
ROWS = {row.network: row for row in custom_networks(FACTORIAL)}
PARENT, OTHER = "EDSR-a-x2-VGG_GAN-s1", "EDSR-a-x2-VGG_GAN-s2"
SETTINGS = {"memory": 1, "precision": "auto", "batch_size": 2}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Weights of two networks, and photos of all splits in high and low resolution."""
    folder = tmp_path_factory.mktemp("study")
    for seed, row in enumerate(ROWS.values()):
        torch.manual_seed(seed)
        settings = FACTORIAL["settings"][row.architecture]
        trained.save(folder / row.network, build_trainable(row.architecture, 2, **settings), row, settings)
    random = np.random.default_rng(1)
    names = [("p", "train"), ("q", "train"), ("r", "validation"), ("s", "test"), ("t", "test")]
    with ImageWriter(folder / "high.h5", {}) as high, ImageWriter(folder / "low.h5", {"scale": 2}) as low:
        for name, split in names:
            image = random.integers(0, 256, (12, 12, 3), np.uint8).repeat(4, 0).repeat(4, 1)
            high.append(image, name, name, split)
            low.append(image[::2, ::2], name, name, split)
    return folder


def derived_from(study, folder, entries, rows=ROWS):
    """Derive what ``entries`` say; the rows, with the file of each."""
    config = {"networks": FACTORIAL | {"derived": entries}, "training": TRAINING}
    found = derived_networks(entries, list(rows.values()))
    outputs = {row.network: folder / f"{row.network}.safetensors" for row in found}
    files = {name: [study / name] for name in rows}
    derive(found, files, {2: study / "low.h5"}, outputs)
    data = {"a": study / "high.h5", "a-x2": study / "low.h5"}
    trainings = further_trainings(config, rows)
    curves = [folder / f"{number}.csv" for number in range(len(trainings))]
    train_further(trainings, files, data, outputs, curves, folder / "checkpoint.pt")
    return {row.network: (row, outputs[row.network]) for row in found}


def image_of(study, row, *files):
    return load_network(row, files, ComputeBudget())(low_resolution(study))


def low_resolution(study):
    with ImageFile(study / "low.h5") as photos:
        return np.stack([photos.image(index) for index in range(len(photos))])


NOTHING = [
    {"of": [PARENT], "by": "finetune", "dataset": "a", "iterations": [0]},
    {"of": [PARENT], "by": "prune", "share": [0]},
    {"of": [PARENT], "by": "half", "precision": ["float32"]},
]


@pytest.mark.parametrize("entry", NOTHING, ids=lambda entry: entry["by"])
def test_a_network_of_which_nothing_is_changed_is_its_parent_to_the_byte(study, tmp_path, entry):
    ((row, file),) = derived_from(study, tmp_path, [entry]).values()
    theirs = safetensors.torch.load((study / PARENT).read_bytes())
    ours = safetensors.torch.load(file.read_bytes())
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs) and ours.keys() == theirs.keys()
    super_resolve_with_derived(
        [row], [file], {PARENT: [study / PARENT]}, {2: study / "low.h5"}, [tmp_path / "o.h5"], SETTINGS, "cpu", 1, 1
    )
    parent = load_network(ROWS[PARENT], [study / PARENT], ComputeBudget())
    super_resolve(parent, ROWS[PARENT], study / "low.h5", tmp_path / "p.h5", 2)
    with ImageFile(tmp_path / "o.h5") as ours, ImageFile(tmp_path / "p.h5") as theirs:
        assert ours.photo.tolist() == ["r", "s", "t"] and theirs.photo.tolist() == ["p", "q", "r", "s", "t"]
        assert all((ours.image(index) == theirs.image(index + 2)).all() for index in range(3))
    images = {row.network: tmp_path / "o.h5", PARENT: tmp_path / "p.h5"}
    compare_with_parents({row.network: PARENT}, images, study / "high.h5", tmp_path / "d.csv")
    distances = read_csv(tmp_path / "d.csv", "distances")
    assert distances.photo.tolist() == ["s", "t"] and (distances.to_parent == 0).all()
    assert (distances.to_photo == distances.parent_to_photo).all() and (distances.to_photo > 0).all()


CHANGED = [
    {"of": [PARENT], "by": "finetune", "dataset": "a", "iterations": [2]},
    {"of": [PARENT], "by": "prune", "share": [0.3]},
    {"of": [PARENT], "by": "half", "precision": ["bfloat16", "float16"]},
    {"of": [PARENT], "by": "quantise"},
    {"of": [PARENT], "by": "average", "with": OTHER},
]


@pytest.mark.parametrize("entry", CHANGED, ids=lambda entry: entry["by"])
def test_a_changed_network_makes_other_images_the_same_in_every_run(study, tmp_path, entry):
    before = image_of(study, ROWS[PARENT], study / PARENT)
    made = []
    for run in ("first", "second"):
        (tmp_path / run).mkdir()
        made.append(derived_from(study, tmp_path / run, [entry]))
    for (row, first), (_, second) in zip(made[0].values(), made[1].values(), strict=True):
        assert first.read_bytes() == second.read_bytes()
        after = image_of(study, row, first, study / PARENT)
        assert (after == image_of(study, row, second, study / PARENT)).all()
        assert (after != before).any() and np.abs(after.astype(int) - before).mean() < 60


def test_a_pruned_network_lacks_its_smallest_weights_and_no_more(study, tmp_path):
    ((_, file),) = derived_from(study, tmp_path, [{"of": [PARENT], "by": "prune", "share": [0.3]}]).values()
    ours, theirs = (safetensors.torch.load(path.read_bytes()) for path in (file, study / PARENT))
    weights = [name for name in theirs if name.endswith("weight")]
    given = torch.cat([theirs[name].flatten() for name in weights])
    kept = torch.cat([ours[name].flatten() for name in weights])
    zero = kept == 0
    assert abs(zero.float().mean().item() - 0.3) < 0.01 and torch.equal(kept[~zero], given[~zero])
    assert given[zero].abs().max() <= given[~zero].abs().min()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs if name not in weights)


def test_an_average_lies_in_the_middle(study, tmp_path):
    ((_, file),) = derived_from(study, tmp_path, [CHANGED[-1]]).values()
    ours, first, second = (
        safetensors.torch.load(path.read_bytes()) for path in (file, study / PARENT, study / OTHER)
    )
    for name in first:
        torch.testing.assert_close(ours[name], (first[name] + second[name]) / 2)
    with pytest.raises(InputError, match="other names or shapes"):
        changes.averaged(first, {"a": torch.zeros(1)}, 0.5)


def test_half_precision_is_that_of_weights_and_of_arithmetic(study, tmp_path):
    entry = {"of": [PARENT], "by": "half", "precision": ["bfloat16"]}
    ((row, file),) = derived_from(study, tmp_path, [entry]).values()
    assert {tensor.dtype for tensor in safetensors.torch.load(file.read_bytes()).values()} == {torch.bfloat16}
    network = load_network(row, [file, study / PARENT], ComputeBudget(precision="float16"))
    seen = []
    for module in network.network.modules():
        module.register_forward_hook(lambda module, _, output: seen.append((type(module), output.dtype)))
    network(low_resolution(study))
    assert {dtype for kind, dtype in seen if kind is nn.Conv2d} == {torch.bfloat16}
    assert network.details["precision"] == "float32", "not by autocast too"


def test_quantised_layers_have_8_bit_weights_and_8_bit_arithmetic(study, tmp_path):
    ((row, file),) = derived_from(study, tmp_path, [{"of": [PARENT], "by": "quantise"}]).values()
    network = load_network(row, [file, study / PARENT], ComputeBudget()).network
    convolutions = [module for module in network.modules() if type(module).__name__ == "Conv2d"]
    assert len(convolutions) == 6 and not any(isinstance(module, nn.Conv2d) for module in convolutions)
    assert {module.weight().dtype for module in convolutions} == {torch.qint8}
    seen = []
    for module in convolutions:
        module.register_forward_hook(lambda _, given, output: seen.append((given[0].dtype, output.dtype)))
    image_of(study, row, file, study / PARENT)
    network(torch.rand(1, 3, 8, 8))
    assert set(seen) == {(torch.quint8, torch.quint8)}
    theirs = safetensors.torch.load((study / PARENT).read_bytes())["conv_first.weight"]
    ours = network.conv_first.module.weight()
    scales = theirs.flatten(1).abs().amax(1) / 127.5
    assert ((ours.dequantize() - theirs).abs().flatten(1).amax(1) <= scales * 0.51).all()


def test_ranges_are_those_of_training_photos_alone(study, tmp_path):
    before = derived_from(study, tmp_path, [{"of": [PARENT], "by": "quantise"}])
    ((_, file),) = before.values()
    weights = file.read_bytes()
    with ImageFile(study / "low.h5") as photos, ImageWriter(tmp_path / "low.h5", {"scale": 2}) as changed:
        for index, split in enumerate(photos.split):
            image = photos.image(index) if split == "train" else 255 - photos.image(index)
            changed.append(image, photos.photo[index], photos.photo[index], split)
    ((row, _),) = before.values()
    derive([row], {PARENT: [study / PARENT]}, {2: tmp_path / "low.h5"}, {row.network: file})
    assert file.read_bytes() == weights


def test_dynamic_quantisation_is_of_linear_layers_and_refused_without_any(study, tmp_path):
    swinir = "SwinIR-a-x2-L1-s1"
    entry = {"of": [swinir], "by": "quantise", "mode": "dynamic"}
    ((row, file),) = derived_from(study, tmp_path, [entry]).values()
    network = load_network(row, [file, study / swinir], ComputeBudget()).network
    linear = [module for module in network.modules() if type(module).__name__ == "Linear"]
    assert linear and not any(isinstance(module, nn.Linear) for module in linear)
    before = image_of(study, ROWS[swinir], study / swinir)
    assert (image_of(study, row, file, study / swinir) != before).any()
    with pytest.raises(InputError, match="without linear layers; allowed: static"):
        changes.dynamically_quantised(nn.Sequential(nn.Conv2d(3, 3, 1)))
    with pytest.raises(InputError, match="no convolutions or linear layers"):
        changes.observed(nn.Sequential(nn.ReLU()))


def test_8_bits_need_a_machine_that_has_them(monkeypatch):
    monkeypatch.setattr(changes, "ENGINES", ("none",))
    with pytest.raises(InputError, match="no 8-bit kernels"):
        changes.observed(nn.Sequential(nn.Conv2d(3, 3, 1)))


def test_a_shorter_further_training_is_the_beginning_of_a_longer_one(study, tmp_path):
    made = []
    for iterations in ([2], [2, 5], [5]):
        folder = tmp_path / str(iterations)
        folder.mkdir()
        entry = {"of": [PARENT], "by": "finetune", "dataset": "a", "iterations": iterations}
        found = derived_from(study, folder, [entry])
        made.append({row.amount: file.read_bytes() for row, file in found.values()})
    assert made[1] == {2: made[0][2], 5: made[2][5]} and made[1][2] != made[1][5]


@pytest.mark.parametrize(
    "entry",
    [{"by": "prune", "share": [0.3]}, {"by": "quantise"}, {"by": "half", "precision": ["bfloat16"]}],
    ids=lambda entry: entry["by"],
)
def test_networks_of_ones_own_are_derived_too(study, tmp_path, entry):
    torch.manual_seed(0)
    weights = tmp_path / "mine.pth"
    torch.save(Compact(num_feat=8, num_conv=2, upscale=2).state_dict(), weights)
    own = NetworkRow("mine", "mine", scale=2, origin="published", framework="spandrel")
    ((row),) = derived_networks([{"of": ["mine"]} | entry], [own])
    derive([row], {"mine": [weights]}, {2: study / "low.h5"}, {row.network: tmp_path / "derived"})
    before = image_of(study, own, weights)
    after = image_of(study, row, tmp_path / "derived", weights)
    assert (after != before).any() and np.abs(after.astype(int) - before).mean() < 60


def test_a_file_of_another_network_is_refused(study, tmp_path):
    ((row, file),) = derived_from(study, tmp_path, [{"of": [PARENT], "by": "quantise"}]).values()
    with pytest.raises(InputError, match="the weights do not fit"):
        load_network(row, [study / PARENT, study / PARENT])
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(InputError, match="remove it and run again to derive it again"):
        load_network(row, [file, study / PARENT])


SMALLEST = {
    "EDSR": EDSR,
    "RCAN": {"num_feat": 8, "num_group": 1, "num_block": 1, "squeeze_factor": 4},
    "SwinIR": SWINIR,
    "RDN": {"num_features": 4, "num_blocks": 2, "num_layers": 2},
    "NLSN": {"n_resblocks": 1, "n_feats": 8, "chunk_size": 16, "n_hashes": 2},
}


@pytest.mark.parametrize("architecture", TRAINED)
def test_networks_of_every_architecture_are_derived(study, tmp_path, architecture):
    """By whatever needs no training; their images stay near the parent's, which the same seed gives again."""
    lists = FACTORIAL | {"architectures": [architecture], "losses": ["L1"]}
    rows = {row.network: row for row in custom_networks(lists)}
    for seed, row in enumerate(rows.values()):
        torch.manual_seed(seed)
        settings = SMALLEST[architecture]
        trained.save(tmp_path / row.network, build_trainable(architecture, 2, **settings), row, settings)
    first, second = rows
    changed = [{"by": "quantise"}, {"by": "prune", "share": [0.05]}, {"by": "half", "precision": ["bfloat16"]}]
    found = derived_networks([{"of": [first]} | entry for entry in [*changed, {"by": "average", "with": second}]],
                             list(rows.values()))  # fmt: skip
    files = {name: [tmp_path / name] for name in rows}
    outputs = {row.network: tmp_path / f"{row.by}.st" for row in found}
    derive(found, files, {2: study / "low.h5"}, outputs)
    photos = low_resolution(study)
    seeds = range(len(photos))
    parent = load_network(rows[first], files[first], ComputeBudget())(photos, seeds)
    for row in found:
        images = [load_network(row, [outputs[row.network], *files[first]])(photos, seeds) for _ in range(2)]
        assert (images[0] == images[1]).all() and (images[0] != parent).any(), row.by
        if row.by != "average":
            assert np.abs(images[0].astype(int) - parent).mean() < 10, row.by


def test_iterations_of_checkpoints():
    training = TRAINING | {"iterations": 500}
    assert checkpoint_iterations(training, ROWS[PARENT], [0.0001, 0.25, 1]) == [1, 125, 500]
