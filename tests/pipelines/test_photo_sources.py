"""Groups of photos by their source: who is in which, and that a training sees its own group alone."""

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from checked_study import refused
from small_classifiers import SETTINGS

from sr_fingerprints.classifiers.crops import Crops
from sr_fingerprints.figures.photo_sources import plot_photo_sources
from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.pipelines import photo_sources
from sr_fingerprints.pipelines.cross_training import cross_train
from sr_fingerprints.report.findings.pipelines import photo_source_findings
from sr_fingerprints.study.photo_groups import AT_THE_TOP, photo_groups
from sr_fingerprints.tables.photo_sources import tabulate_photo_sources
from sr_fingerprints.tables.writing import read_table


def test_photos_of_a_folder_are_grouped_by_its_subfolders_the_largest_first():
    names = ["canon/1.jpg", "canon/2.jpg", "leica/a/1.jpg", "leica/b/2.jpg", "leica/3.jpg", "nikon/1.jpg", "0.jpg"]
    found = photo_groups(names, "photos", [{"name": "x", "photos": ["0.jpg"]}], 3)
    assert found == {"leica": names[2:5], "canon": names[:2], "nikon": names[5:6]}
    assert list(photo_groups(names, "photos", [], 9)) == ["leica", "canon", "nikon", AT_THE_TOP]


def test_bundled_photos_are_in_the_groups_that_the_configuration_states():
    groups = [
        {"name": "a", "photos": ["cat", "dog"]},
        {"name": "b", "photos": ["cup"]},
        {"name": "c", "photos": ["x"]},
    ]
    assert photo_groups(["cat", "cup", "tree"], None, groups, 4) == {"a": ["cat"], "b": ["cup"]}


SPLITS = {"train": "abc", "validation": "d", "test": "efg"}
GROUPS = {"one": list("adef"), "two": list("bcg")}


@pytest.fixture
def images(tmp_path):
    """Of two networks: photos of sources a to g, with four tiles each, but two of b."""
    textures = np.random.default_rng(0).integers(-4, 5, (2, 32, 32, 3))
    for network, texture in zip("vw", textures, strict=True):
        random = np.random.default_rng(1)
        with ImageWriter(tmp_path / f"{network}.h5", {}) as writer:
            for split, sources in SPLITS.items():
                for source in sources:
                    for tile in range(2 if source == "b" else 4):
                        image = 128 + random.normal(0, 2, (32, 32, 3)) + texture
                        writer.append(image.round().astype(np.uint8), f"{source}-{tile}", source, split)
    return [tmp_path / f"{network}.h5" for network in "vw"]


def seen(monkeypatch):
    """What `cross_train` is given, by group trained on and tested on."""
    given = {}

    def note(training, testing, *_):
        given.update(training=training, testing=testing)

    monkeypatch.setattr(photo_sources, "cross_train", note)
    return given


def test_a_training_sees_photos_of_its_group_alone_and_all_have_as_many_images(images, tmp_path, monkeypatch):
    given = seen(monkeypatch)
    chosen = tmp_path / "photos.csv"
    folders = tmp_path / "c", tmp_path / "p", chosen, tmp_path / "k"
    photo_sources.train_on_photo_sources(images, "vw", GROUPS, None, *folders, {}, [1])
    learned = {}
    for group, one in given["training"].items():
        with Crops(images, [0, 1], "train", 32, names=one.photos) as crops:
            learned[group] = sorted({crops.files[number].photo[row] for number, row in crops.pairs})
    assert learned["one"] == ["a-0", "a-1", "a-2", "a-3"] and learned["two"] == ["b-0", "b-1", "c-0", "c-2"]
    assert len(learned["mixed"]) == 4 and {name[0] for name in learned["mixed"]} == {"a", "b", "c"}
    assert {name[0] for name in given["training"]["two"].photos} == {"b", "c", "d"}, (
        "validation of all, as it has none"
    )
    assert {group: {name[0] for name in one.photos} for group, one in given["testing"].items()} == {
        "one": {"e", "f"},
        "two": {"g"},
    }
    counted = pd.read_csv(chosen).set_index(["group", "split"])
    assert counted.loc[("mixed", "train")].to_dict() == {"photos": 3, "images": 4}


def test_the_table_compares_with_mixed_training_and_has_no_interval_for_one_photo(images, tmp_path):
    folders = tmp_path / "c", tmp_path / "p", tmp_path / "photos.csv", tmp_path / "k"
    settings = asdict(SETTINGS) | {"epochs": 1}
    photo_sources.train_on_photo_sources(images, ["v", "w"], GROUPS, 4, *folders, settings, [1, 2])
    tabulate_photo_sources(folders[2], folders[1], tmp_path / "t.csv", tmp_path / "t.tex")
    frame = pd.read_csv(tmp_path / "t.csv").set_index(["trained_on", "tested_on"])
    assert list(frame.index) == [(a, b) for a in ("one", "two", "mixed") for b in ("one", "two")]
    assert frame.accuracy_low.notna().tolist() == [True, False] * 3 and (frame.chance == 50).all()
    ours = frame.accuracy_mean - frame.accuracy_mean.xs("mixed").reindex(frame.index, level="tested_on")
    assert np.allclose(frame.difference_mean[:4], ours[:4]) and frame.difference_mean["mixed"].isna().all()


@pytest.mark.parametrize("groups", [{"one": ["d"], "two": ["e"]}, {"one": ["a"], "two": ["c", "d"]}])
def test_groups_without_training_or_test_photos_leave_nothing_to_compare_and_stop_no_study(groups, images, tmp_path):
    """Which photos of a folder are for what is drawn; the largest groups may have none of a split."""
    folders = tmp_path / "c", tmp_path / "p", tmp_path / "photos.csv", tmp_path / "k"
    photo_sources.train_on_photo_sources(images, "vw", groups, None, *folders, {}, [1])
    tabulate_photo_sources(folders[2], folders[1], tmp_path / "t.csv", tmp_path / "t.tex")
    plot_photo_sources(tmp_path / "t.csv", tmp_path / "f.pdf", tmp_path / "f.png")
    found = read_table(tmp_path / "t.csv")
    assert found.empty and (tmp_path / "f.png").exists() and not list(folders[1].iterdir())
    assert photo_source_findings(found)[0].startswith("* Nothing to compare")


def test_without_validation_photos_in_any_group_the_best_epoch_is_chosen_on_those_of_the_study(
    images, tmp_path, monkeypatch
):
    given = seen(monkeypatch)
    folders = tmp_path / "c", tmp_path / "p", tmp_path / "photos.csv", tmp_path / "k"
    photo_sources.train_on_photo_sources(images, "vw", {"one": "ae", "two": "bg"}, None, *folders, {}, [1])
    for one in given["training"].values():
        assert {name[0] for name in one.photos} - set("ab") == {"d"}


def test_a_folder_named_as_all_groups_together_are_is_a_group_of_its_own():
    assert photo_groups(["mixed/1.jpg", "a/1.jpg"], "photos", [], 4) == {"a": ["a/1.jpg"], "mixed_": ["mixed/1.jpg"]}


def test_photos_that_are_chosen_are_all_that_a_classifier_learns_from(images, tmp_path):
    """A network's images of other photos may be anything: the weights are the same to the byte."""
    one = photo_sources.ImageSet(images, ["v", "w"], ["v", "w"], {"a-0", "a-1", "d-0", "e-0"})
    others = [tmp_path / f"other-{path.name}" for path in images]
    for path, other in zip(images, others, strict=True):
        from sr_fingerprints.files.images import ImageFile

        with ImageFile(path) as file, ImageWriter(other, {}) as writer:
            for row, photo in enumerate(file.photo):
                image = file.image(row) if photo in one.photos else np.zeros((32, 32, 3), np.uint8)
                writer.append(image, photo, file.source[row], file.split[row])
    settings = asdict(SETTINGS) | {"epochs": 1, "steps_per_epoch": 2}
    for name, files in (("first", images), ("second", others)):
        chosen = photo_sources.ImageSet(files, one.networks, one.labels, one.photos)
        folders = [tmp_path / name / part for part in ("c", "p", "k")]
        cross_train({"g": chosen}, {"g": chosen}, *folders, settings, [1])
    first, second = ((tmp_path / name / "c/g-s1.safetensors").read_bytes() for name in ("first", "second"))
    assert first == second


PATHS = "pipelines.paths"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({f"{PATHS}.1.name": "Ordinary"}, f"{PATHS}.1.name: found 'Ordinary' twice"),
        ({f"{PATHS}.1.name": "all"}, f"{PATHS}.1.name: found 'all'"),
        ({PATHS: [{"name": "a"}]}, f"{PATHS}: found ['a']; allowed: [], or two or more"),
        ({f"{PATHS}.1.overlap": 4}, f"{PATHS}.1.overlap: found 4 without tile"),
        ({f"{PATHS}.3.overlap": 14}, f"{PATHS}.3.tile: found 28; allowed: more than twice the overlap, 14"),
        ({f"{PATHS}.5.precision": "float16"}, f"{PATHS}.5.precision: found 'float16' with framework ncnn"),
        ({"pipelines.networks": ["x", "y"]}, "pipelines.networks.0: found 'x'; allowed: networks of this study"),
        ({"pipelines.networks": 1}, "pipelines.networks: found 1; allowed: 2 or more"),
        (
            {"pipelines.classifier": {"backbone": "convnext_bas"}},
            "pipelines.classifier.backbone: found 'convnext_bas'",
        ),
        ({"photo_sources.classifier": {"crop": 500}}, "photo_sources.classifier.crop: found 500, larger than"),
        (
            {"photo_sources.groups.1.photos": ["coffee"]},
            "photo_sources.groups.1.photos: found 'coffee', which is in camera too",
        ),
        ({"photo_sources.groups.1.name": "camera"}, "photo_sources.groups.1.name: found 'camera' twice"),
        ({"photo_sources.groups.0.name": "mixed"}, "photo_sources.groups.0.name: found 'mixed'"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(changes, told):
    assert refused(changes).startswith(told)
