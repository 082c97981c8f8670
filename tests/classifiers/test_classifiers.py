"""Classifiers learn what is there to be learnt, nothing else, and the same every time."""

import dataclasses
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
import yaml
from small_classifiers import SETTINGS
from smoke_study import ROOT

from sr_fingerprints.classifiers import saving, training
from sr_fingerprints.classifiers.application import apply_classifier
from sr_fingerprints.classifiers.backbones import build_classifier
from sr_fingerprints.classifiers.crops import Crops, to_tensor
from sr_fingerprints.classifiers.saving import load_classifier
from sr_fingerprints.classifiers.training import train_classifier
from sr_fingerprints.classifiers.training_state import TrainingState
from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.files.predictions import read_predictions
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.finite import first_nonfinite

NETWORKS = ["A", "B", "C"]

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """The same 60 smooth photos from three 'networks', each of which leaves a faint texture of its own."""
    folder = tmp_path_factory.mktemp("images")
    random = np.random.default_rng(0)
    photos = [np.kron(random.uniform(60, 190, (6, 6, 3)), np.ones((8, 8, 1))) for _ in range(60)]
    rows = np.arange(48)
    textures = [np.sin(rows * step)[:, None, None] * np.cos(rows * step)[None, :, None] for step in (1.3, 1.9, 2.6)]
    paths = []
    for name, texture in zip(NETWORKS, textures, strict=True):
        paths.append(folder / f"{name}.h5")
        with ImageWriter(paths[-1], {"network": name}) as writer:
            for number, photo in enumerate(photos):
                split = "train" if number < 30 else "validation" if number < 40 else "test"
                image = photo + 3 * texture + random.normal(0, 1, photo.shape)
                writer.append(np.clip(np.round(image), 0, 255).astype(np.uint8), f"p{number}", f"p{number}", split)
    return paths


def train(images, folder, labels=NETWORKS, settings=SETTINGS, seed=1, **more):
    folder.mkdir(exist_ok=True)
    train_classifier(
        images, labels, folder / "c.safetensors", folder / "c.csv", folder / "c.pt", settings, seed=seed, **more
    )
    return folder / "c.safetensors"


WITHOUT_COMPILER = """
import sys
sys.path[:0] = ["scripts", "tests/support", "tests/classifiers"]
from pathlib import Path
import test_classifiers as tests
import torch
settings = tests.dataclasses.replace(tests.SETTINGS, epochs=1, steps_per_epoch=1)
before = {"torch._dynamo", "torch._inductor", "timm"} & set(sys.modules)
tests.train(sys.argv[2:], Path(sys.argv[1]), settings=settings)
print(before, {"torch._dynamo", "torch._inductor", "timm"} & set(sys.modules), torch.get_deterministic_debug_mode())
"""


def test_training_imports_no_compiler(images, tmp_path):
    """It takes a second or two, which a short training does not take; operations are deterministic all the same."""
    command = [sys.executable, "-c", WITHOUT_COMPILER, tmp_path / "run", *images]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "set() set() 1"


def test_networks_are_told_apart(images, tmp_path):
    classifier = train(images, tmp_path / "run")
    apply_classifier(classifier, images, NETWORKS, NETWORKS, "test", tmp_path / "p.h5")
    predictions = read_predictions(tmp_path / "p.h5")
    assert predictions.correct.mean() > 0.95
    assert len(predictions.photo) == 60
    assert set(predictions.photo) == {f"p{number}" for number in range(40, 60)}
    assert np.allclose(predictions.scores.sum(1), 1, atol=1e-5)
    assert predictions.features.shape == (60, 96)
    assert not (tmp_path / "run" / "c.pt").exists()
    assert (tmp_path / "run" / "c.csv").read_text().count("\n") == 1 + SETTINGS.epochs


def test_images_of_one_network_under_three_names_cannot_be_told_apart(images, tmp_path):
    """The control that a classifier learns the networks and not the files: labels without meaning give chance."""
    same = [images[0]] * 3
    classifier = train(same, tmp_path / "run")
    apply_classifier(classifier, same, NETWORKS, NETWORKS, "test", tmp_path / "p.h5")
    # Exactly a third: whatever an image is taken for, one of its three names is right.
    assert read_predictions(tmp_path / "p.h5").correct.mean() == pytest.approx(1 / 3)


def test_shuffled_labels_stay_at_chance(images, tmp_path):
    """With shuffled labels, accuracy on test photos is chance, within what chance allows."""
    classifier = train(images, tmp_path / "run", shuffle_labels=True)
    assert load_classifier(classifier).provenance["shuffled_labels"]
    labels = np.random.default_rng(6).permutation(np.repeat(NETWORKS, 20))
    apply_classifier(classifier, images, NETWORKS, NETWORKS, "test", tmp_path / "p.h5")
    predictions = read_predictions(tmp_path / "p.h5")
    # Three standard deviations of 60 draws with probability 1/3 are 0.18.
    assert abs((predictions.predicted == labels).mean() - 1 / 3) < 0.18


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(images, tmp_path):
    settings = dataclasses.replace(SETTINGS, epochs=2, steps_per_epoch=3)
    first, second = (train(images, tmp_path / name, settings=settings).read_bytes() for name in ("a", "b"))
    assert first == second
    assert first != train(images, tmp_path / "c", settings=settings, seed=2).read_bytes()


def stopped_after(epochs, images, folder, monkeypatch, settings):
    """Interrupt a training in the epoch after so many."""
    train_epoch = training.train_epoch

    def killed(state, *arguments):
        loss = train_epoch(state, *arguments)
        if state.epoch == epochs:
            raise KeyboardInterrupt
        return loss

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training, "train_epoch", killed)
        train(images, folder, settings=settings)
    assert [path.name for path in folder.iterdir()] == ["c.pt"]


@pytest.mark.parametrize("epochs_done", [1, 2])
@pytest.mark.parametrize("schedule", ["one_cycle", "plateau"])
def test_an_interrupted_training_ends_with_the_same_bytes(images, tmp_path, monkeypatch, schedule, epochs_done):
    """Also where the last layer alone has been trained, and everything comes next."""
    settings = dataclasses.replace(SETTINGS, epochs=4, steps_per_epoch=2, schedule=schedule, head_epochs=1)
    whole = train(images, tmp_path / "whole", settings=settings).read_bytes()
    stopped_after(epochs_done, images, tmp_path / "cut", monkeypatch, settings)
    assert train(images, tmp_path / "cut", settings=settings).read_bytes() == whole


def test_training_stops_when_the_learning_rate_has_fallen_and_no_epoch_is_added_after_that(
    images, tmp_path, monkeypatch
):
    settings = dataclasses.replace(SETTINGS, epochs=9, steps_per_epoch=1, schedule="plateau", learning_rate=1e-6)
    settings = dataclasses.replace(settings, stop_below_learning_rate=5e-7)
    whole = train(images, tmp_path / "whole", settings=settings).read_bytes()
    epochs = (tmp_path / "whole" / "c.csv").read_text().count("\n") - 1
    assert 3 < epochs < 9

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "save_classifier", killed)
    with pytest.raises(KeyboardInterrupt):
        train(images, tmp_path / "cut", settings=settings)
    monkeypatch.undo()
    assert train(images, tmp_path / "cut", settings=settings).read_bytes() == whole


def test_a_learning_rate_that_fell_in_the_first_phase_does_not_keep_the_second_from_beginning(images, tmp_path):
    settings = dataclasses.replace(SETTINGS, head_epochs=8, epochs=1, steps_per_epoch=1, schedule="plateau")
    settings = dataclasses.replace(settings, learning_rate=1e-6, stop_below_learning_rate=5e-7)
    trained = train(images, tmp_path / "run", settings=settings)
    *_, last_of_first, second = (tmp_path / "run" / "c.csv").read_text().splitlines()
    assert float(last_of_first.split(",")[3]) < 5e-7 < float(second.split(",")[3])
    assert load_classifier(trained).provenance["best_epoch"] == 9


def test_a_checkpoint_of_other_settings_or_a_damaged_one_is_not_used(images, tmp_path, caplog):
    settings = dataclasses.replace(SETTINGS, epochs=1, steps_per_epoch=2)
    whole = train(images, tmp_path / "whole", settings=settings).read_bytes()
    (tmp_path / "other").mkdir()
    torch.save({"identity": "another", "state": {}}, tmp_path / "other" / "c.pt")
    assert train(images, tmp_path / "other", settings=settings).read_bytes() == whole
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "c.pt").write_bytes(b"half a checkpoint")
    assert train(images, tmp_path / "damaged", settings=settings).read_bytes() == whole
    assert "c.pt: damaged" in caplog.text


def test_a_classifier_starts_from_the_backbone_of_another(images, tmp_path):
    first = train(images, tmp_path / "first", settings=dataclasses.replace(SETTINGS, epochs=1))
    still = dataclasses.replace(SETTINGS, epochs=1, steps_per_epoch=1, learning_rate=1e-12)
    second = train(images[:2], tmp_path / "second", labels=NETWORKS[:2], settings=still, initial=first)
    before, after = (load_classifier(path).classifier for path in (first, second))
    crop = torch.rand(2, 3, 32, 32)
    assert torch.allclose(before.backbone.layers[1].weight, after.backbone.layers[1].weight, atol=1e-9)
    assert after(crop).shape == (2, 2)


def test_the_last_layer_is_trained_alone_first(images, tmp_path):
    """After epochs of the last layer alone the backbone is as it was drawn, but for the statistics of its norms."""
    settings = dataclasses.replace(SETTINGS, head_epochs=2, epochs=1, steps_per_epoch=2, learning_rate=1e-12)
    trained = load_classifier(train(images, tmp_path / "run", settings=settings)).classifier
    torch.manual_seed(1)
    drawn = build_classifier("highpass", 3)
    for name, weight in drawn.backbone.named_parameters():
        assert torch.allclose(weight, trained.backbone.get_parameter(name), atol=1e-9)
    state = TrainingState(drawn, dataclasses.replace(settings, learning_rate=0.1), 90)
    before = [weight.clone() for weight in drawn.backbone.parameters()]
    with Crops(images, [0, 1, 2], "train", 32) as crops:
        training.train_epoch(state, crops, 1, "cpu")
        assert all(map(torch.equal, before, drawn.backbone.parameters()))
        state.epoch = 2
        state.start_phase()
        training.train_epoch(state, crops, 1, "cpu")
        assert not any(map(torch.equal, before, drawn.backbone.parameters()))


def test_the_best_epoch_is_one_of_everything_however_good_the_last_layer_was_alone(images, tmp_path, monkeypatch):
    """Also where training was interrupted between the two, or in the second."""
    settings = dataclasses.replace(SETTINGS, head_epochs=2, epochs=4, steps_per_epoch=1)
    shares = {1: 0.7, 2: 0.9, 3: 0.2, 4: 0.6, 5: 0.6, 6: 0.3}
    validated = iter(shares.values())
    monkeypatch.setattr(training, "accuracy", lambda *_: next(validated))
    whole = train(images, tmp_path / "whole", settings=settings)
    assert load_classifier(whole).provenance["best_epoch"] == 4
    for done in (2, 4):
        validated = iter([*list(shares.values())[:done], *list(shares.values())[done:]])
        stopped_after(done, images, tmp_path / f"cut{done}", monkeypatch, settings)
        assert train(images, tmp_path / f"cut{done}", settings=settings).read_bytes() == whole.read_bytes()


def test_an_output_does_not_depend_on_the_batch(images, tmp_path):
    classifier = build_classifier("highpass", 5).eval()
    crops = torch.rand(7, 3, 48, 48)
    with torch.inference_mode():
        together, alone = classifier(crops), torch.cat([classifier(crop[None]) for crop in crops])
    assert torch.allclose(together, alone, atol=1e-5)


def test_a_timm_backbone_fits_the_interface():
    classifier = build_classifier("resnet10t", 4).eval()
    crops = to_tensor(np.zeros((2, 64, 64, 3), np.uint8), "cpu")
    with torch.inference_mode():
        assert classifier(crops).shape == (2, 4)
        assert classifier.features(crops).shape == (2, 512)


def test_a_timm_backbone_sees_pixels_or_what_our_small_network_sees():
    """Of high-passed pixels nothing is left where a photo is flat, whatever its colour."""
    colours = to_tensor(np.full((2, 32, 32, 3), [[[[90]]], [[[200]]]], np.uint8), "cpu")
    for seen, alike in (("pixels", False), ("highpass", True)):
        torch.manual_seed(0)
        classifier = build_classifier("test_resnet", 4, input=seen).eval()
        with torch.inference_mode():
            first, second = classifier(colours)
        assert torch.allclose(first, second, atol=1e-5) is alike
    own, theirs = build_classifier("highpass8", 4).backbone, classifier.backbone
    crops = torch.rand(2, 3, 32, 34)
    assert theirs.prepare(crops).shape == (2, 6, 30, 32)
    assert torch.equal(own.residual(crops), theirs.prepare(crops))


def test_a_timm_backbone_learns_from_high_passed_pixels_and_is_built_so_again(images, tmp_path):
    settings = dataclasses.replace(SETTINGS, backbone="test_resnet", epochs=2)
    classifier = train(images, tmp_path / "run", settings=settings)
    assert load_classifier(classifier).classifier.backbone.model.conv1[0].in_channels == 6
    assert answers(classifier, images, tmp_path).correct.mean() > 0.9


@pytest.mark.parametrize("backbone", ["highpass8", "test_efficientnet"])
def test_dropout_hides_features_in_training_and_none_in_answers(backbone):
    crops = torch.rand(4, 3, 32, 32)
    classifier = build_classifier(backbone, 3, dropout=0.5)
    classifier.backbone.eval()
    seen = []
    classifier.head.register_forward_pre_hook(lambda _, features: seen.append(features[0]))
    with torch.inference_mode():
        features = classifier.features(crops)
        assert (features != 0).float().mean() > 0.4
        classifier(crops)
        assert (seen[0] == 0).sum() > (features == 0).sum() + features.numel() / 8
        kept = seen[0] != 0
        assert torch.allclose(seen[0][kept], 2 * features[kept])
        classifier.eval()(crops)
        assert torch.equal(seen[1], features)


def test_stochastic_depth_leaves_out_branches_in_training_only():
    crops = torch.rand(1, 3, 32, 32).expand(8, -1, -1, -1)
    for share, alike in ((0.9, False), (0, True)):
        classifier = build_classifier("efficientnet_lite0", 3, stochastic_depth=share)
        for module in classifier.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.eval()
        torch.manual_seed(0)
        with torch.inference_mode():
            first, *others = classifier.features(crops)
            assert all(torch.allclose(first, other, atol=1e-5) for other in others) is alike
            first, *others = classifier.eval().features(crops)
        assert all(torch.allclose(first, other, atol=1e-5) for other in others)
    with pytest.raises(InputError, match=r"'legacy_xception'.*; allowed: stochastic_depth: 0"):
        build_classifier("legacy_xception", 3, stochastic_depth=0.2)


def test_an_efficientnet_of_the_paper_s_size_is_regularised_as_torchvision_s_which_the_authors_trained():
    import torchvision  # it imports the compiler, which other tests want to miss

    paper = yaml.safe_load((ROOT / "config/paper.yaml").read_text())["experiments"]
    (row,) = (row["classifier"] for row in paper if row["name"] == "backbone_efficientnet")
    with torch.device("meta"):
        theirs = torchvision.models.efficientnet_b2()
    ours = build_classifier("efficientnet_b2", 2, dropout=row["dropout"], stochastic_depth=row["stochastic_depth"])
    assert ours.dropout.p == theirs.classifier[0].p
    expected = [module.p for module in theirs.modules() if isinstance(module, torchvision.ops.StochasticDepth)]
    found = [module.drop_prob for module in ours.modules() if type(module).__name__ == "DropPath"]
    assert found == pytest.approx([share for share in expected if share])


def test_what_does_not_exist_is_named(images, tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"backbone: found 'convnext_huge'.*timm\.list_models"):
        build_classifier("convnext_huge", 2)
    with pytest.raises(InputError, match=r"weights: found 'imagenet'"):
        build_classifier("highpass", 2, "imagenet")
    monkeypatch.setattr("timm.create_model", lambda *_, **__: (_ for _ in ()).throw(OSError("no network")))
    with pytest.raises(
        InputError, match=r"'resnet18' with weights 'imagenet': no network; allowed: weights: none; or"
    ):
        build_classifier("resnet18", 2, "imagenet")
    (tmp_path / "bad.safetensors").write_bytes(b"\0" * 50)
    with pytest.raises(InputError, match=r"bad\.safetensors: damaged, or not a trained classifier"):
        load_classifier(tmp_path / "bad.safetensors")
    with pytest.raises(InputError, match=r"A\.h5: found an image smaller than a crop of 64 pixels"):
        Crops(images, [0, 1, 2], "train", 64)


def test_every_image_is_used_once_before_any_comes_again(images):
    with Crops(images, [0, 1, 2], "train", 32) as crops:
        batches = list(crops.random_batches(15, np.random.default_rng(0)))
        assert len(batches) == 6
        targets = np.concatenate([targets for _, targets in batches])
        assert np.bincount(targets).tolist() == [30, 30, 30]


@pytest.fixture
def full_gpu(monkeypatch):
    """Let a stand-in for a GPU hold so many crops of any classifier, while it learns and while it answers."""

    def fill(learning=99, answering=99):
        def refuse(backbone, crops):
            given.append(len(crops[0]))
            if given[-1] > (learning if backbone.training else answering):
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

        def build(*arguments, **options):
            built = build_classifier(*arguments, **options)
            built.backbone.register_forward_pre_hook(refuse)
            return built

        given = []
        for module in (training, saving):
            monkeypatch.setattr(module, "build_classifier", build)
        return given

    return fill


def answers(classifier, images, folder):
    apply_classifier(classifier, images, NETWORKS, NETWORKS, "test", folder / "p.h5")
    return read_predictions(folder / "p.h5")


def test_on_a_full_gpu_fewer_crops_are_classified_at_once_and_alike(images, tmp_path, full_gpu, caplog):
    """To the bit as when as few are asked for: 60 crops in batches of 12, and then of 6."""
    classifier = train(images, tmp_path / "run", settings=dataclasses.replace(SETTINGS, epochs=1, steps_per_epoch=1))
    trained = load_classifier(classifier)
    fewer = trained.provenance | {"settings": trained.provenance["settings"] | {"batch_size": 6}}
    saving.save_classifier(tmp_path / "fewer.safetensors", trained.classifier, fewer)
    expected = answers(tmp_path / "fewer.safetensors", images, tmp_path)
    given = full_gpu(answering=6)
    found = answers(classifier, images, tmp_path)
    assert given == [12, *[6] * 10]
    for key in ("scores", "features", "photo", "actual"):
        np.testing.assert_array_equal(getattr(found, key), getattr(expected, key))
    assert caplog.text.count("12 crops do not fit into the GPU's memory at once; continuing with 6") == 1
    full_gpu(answering=0)
    with pytest.raises(InputError, match=r"classifiers\.evaluation_crop: found 32, .* not even one crop fits"):
        answers(classifier, images, tmp_path)


def test_on_a_full_gpu_fewer_crops_are_validated_at_once_and_the_weights_stay_the_same(images, tmp_path, full_gpu):
    settings = dataclasses.replace(SETTINGS, epochs=2, steps_per_epoch=2)
    whole = train(images, tmp_path / "whole", settings=settings)
    given = full_gpu(answering=5)
    assert train(images, tmp_path / "fewer", settings=settings).read_bytes() == whole.read_bytes()
    # Two steps; 30 crops in batches of 12, of which the first two attempts fail; two steps; the 30 crops again.
    batches = [*[3] * 4, *[3] * 4, 3, 3]
    assert given == [12, 12, 12, 6, *batches, 12, 12, *batches]
    assert (tmp_path / "fewer" / "c.csv").read_text() == (tmp_path / "whole" / "c.csv").read_text()


def test_on_a_full_gpu_training_stops_with_the_settings_and_what_is_kept(images, tmp_path, full_gpu, monkeypatch):
    """The batch decides what is learnt: it is not halved. The checkpoint serves where there is room."""
    settings = dataclasses.replace(SETTINGS, epochs=3, steps_per_epoch=2)
    whole = train(images, tmp_path / "whole", settings=settings).read_bytes()
    told = r"classifiers\.batch_size and classifiers\.crop: found 12 and 32; the GPU's memory .*; "
    given = full_gpu(learning=11)
    with pytest.raises(InputError, match=told + "there is no checkpoint yet"):
        train(images, tmp_path / "run", settings=settings)
    assert given == [12]
    monkeypatch.undo()
    stopped_after(2, images, tmp_path / "run", monkeypatch, settings)
    full_gpu(learning=11)
    with pytest.raises(InputError, match=told + r".*c\.pt keeps the state after epoch 2: the same settings resume"):
        train(images, tmp_path / "run", settings=settings)
    monkeypatch.undo()
    assert train(images, tmp_path / "run", settings=settings).read_bytes() == whole


@pytest.mark.parametrize("schedule, rate, steps, told", [
    ("one_cycle", 25e36, 1, r"the loss became (nan|inf) in step 1 of epoch 2; .*c\.pt keeps the state after epoch 1"),
    ("plateau", 1e36, 2, r"the loss became (nan|inf) in step 2 of epoch 1; .*there is no checkpoint yet"),
])  # fmt: skip
def test_a_training_that_diverges_stops_with_the_step_and_a_finite_checkpoint(
    images, tmp_path, schedule, rate, steps, told
):
    settings = dataclasses.replace(SETTINGS, steps_per_epoch=steps, schedule=schedule, learning_rate=rate)
    found = re.escape(f"classifiers.learning_rate: found {rate}, with which ")
    with pytest.raises(InputError, match=found + told):
        train(images, tmp_path / "run", settings=settings)
    left = [path.name for path in (tmp_path / "run").iterdir()]
    assert left == (["c.pt"] if "keeps" in told else [])
    for name in left:
        assert first_nonfinite(torch.load(tmp_path / "run" / name, weights_only=True)["state"]) is None


def test_a_good_checkpoint_outlives_a_step_that_breaks_the_weights(images, tmp_path, monkeypatch):
    """The last of an epoch, whose loss is of the weights before it and finite; they are not validated either."""
    settings = dataclasses.replace(SETTINGS, epochs=3, steps_per_epoch=2)
    whole = train(images, tmp_path / "whole", settings=settings).read_bytes()
    step, steps = torch.optim.AdamW.step, iter(range(1, 99))

    def broken_step(optimizer, *arguments):
        if next(steps) == 4:  # the second of the second epoch
            optimizer.param_groups[0]["weight_decay"] = 1e45
        return step(optimizer, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(torch.optim.AdamW, "step", broken_step)
        told = r"classifier\.\S+ was not finite at the end of epoch 2; .*c\.pt keeps the state after epoch 1"
        with pytest.raises(InputError, match=told):
            train(images, tmp_path / "run", settings=settings)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["c.pt"]
    assert train(images, tmp_path / "run", settings=settings).read_bytes() == whole


def test_answers_that_are_not_numbers_are_refused(images, tmp_path):
    classifier = train(images, tmp_path / "run", settings=dataclasses.replace(SETTINGS, epochs=1, steps_per_epoch=1))
    trained = load_classifier(classifier)
    trained.classifier.head.bias.data[1] = float("nan")
    saving.save_classifier(classifier, trained.classifier, trained.provenance)
    with pytest.raises(
        InputError, match=r"c\.safetensors: found scores that are not finite, of A's image of p40; .*from scratch"
    ):
        answers(classifier, images, tmp_path)
    assert not (tmp_path / "p.h5").exists()
