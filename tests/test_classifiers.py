"""Classifiers learn what is there to be learnt, nothing else, and the same every time."""

import dataclasses

import numpy as np
import pytest
import torch

from sr_fingerprints.classifiers import training
from sr_fingerprints.classifiers.application import apply_classifier
from sr_fingerprints.classifiers.backbones import build_classifier
from sr_fingerprints.classifiers.crops import Crops
from sr_fingerprints.classifiers.training import ClassifierSettings, as_input, train_classifier
from sr_fingerprints.classifiers.weights import load_classifier
from sr_fingerprints.errors import InputError
from sr_fingerprints.predictions import read_predictions
from sr_fingerprints.storage import ImageWriter

SETTINGS = ClassifierSettings(
    backbone="highpass",
    weights="none",
    crop=32,
    evaluation_crop=32,
    batch_size=12,
    epochs=4,
    head_epochs=0,
    steps_per_epoch=12,
    optimizer="adamw",
    learning_rate=0.004,
    schedule="one_cycle",
    stop_below_learning_rate=4e-6,
)
NETWORKS = ["A", "B", "C"]


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


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
    """Labels dealt out anew: accuracy on test photos is chance, within what chance allows."""
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


@pytest.mark.parametrize("epochs_done", [1, 2])
@pytest.mark.parametrize("schedule", ["one_cycle", "plateau"])
def test_an_interrupted_training_ends_with_the_same_bytes(images, tmp_path, monkeypatch, schedule, epochs_done):
    """Also where the last layer alone has been trained, and everything comes next."""
    settings = dataclasses.replace(SETTINGS, epochs=4, steps_per_epoch=2, schedule=schedule, head_epochs=1)
    whole = train(images, tmp_path / "whole", settings=settings).read_bytes()
    validate = training._Run.validate

    def killed(run, *arguments):
        if run.epoch == epochs_done:
            raise KeyboardInterrupt
        return validate(run, *arguments)

    monkeypatch.setattr(training._Run, "validate", killed)
    with pytest.raises(KeyboardInterrupt):
        train(images, tmp_path / "cut", settings=settings)
    assert not (tmp_path / "cut" / "c.safetensors").exists()
    assert (tmp_path / "cut" / "c.pt").exists()
    monkeypatch.undo()
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
    run = training._Run(drawn, dataclasses.replace(settings, learning_rate=0.1), 90, tmp_path / "no.pt", "")
    before = [weight.clone() for weight in drawn.backbone.parameters()]
    with Crops(images, [0, 1, 2], "train", 32) as crops:
        run.learn(crops, 1, "cpu")
        assert all(map(torch.equal, before, drawn.backbone.parameters()))
        run.epoch = 2
        run.learn(crops, 1, "cpu")
        assert not any(map(torch.equal, before, drawn.backbone.parameters()))


def test_an_output_does_not_depend_on_the_batch(images, tmp_path):
    classifier = build_classifier("highpass", 5).eval()
    crops = torch.rand(7, 3, 48, 48)
    with torch.inference_mode():
        together, alone = classifier(crops), torch.cat([classifier(crop[None]) for crop in crops])
    assert torch.allclose(together, alone, atol=1e-5)


def test_a_timm_backbone_fits_the_interface():
    classifier = build_classifier("resnet10t", 4).eval()
    crops = as_input(np.zeros((2, 64, 64, 3), np.uint8), "cpu")
    with torch.inference_mode():
        assert classifier(crops).shape == (2, 4)
        assert classifier.features(crops).shape == (2, 512)


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
