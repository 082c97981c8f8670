"""What would fail in a job, hours later, is refused before any: sizes, settings, photos, experiments."""

import re

import numpy as np
import pytest
import torch
import yaml
from checked_study import DEMO, ROOT, SCHEMA, changed, check, refused
from PIL import Image

from sr_fingerprints.images.perceptual_distance import PerceptualDistance
from sr_fingerprints.images.quality import SMALLEST_SIDE, measured_area
from sr_fingerprints.networks.architectures import build_trainable, settings_problems
from sr_fingerprints.networks.architectures.registry import TRAINED
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.checks.sizes import least_side
from sr_fingerprints.study.checks.stand_ins import ROLES
from sr_fingerprints.study.configuration import check_files


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    """A folder with a file of weights, of which only the digest matters, and photos."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.pth").write_bytes(b"weights")
    (tmp_path / "photos").mkdir()
    for name in ("a.png", "b.png", "c.png", "d.png"):
        (tmp_path / "photos" / name).touch()


def own(scale):
    return [{"network": "mine", "scale": scale, "weights": "mine.pth"}]


def test_the_demo_and_what_differs_in_what_is_allowed_are_accepted():
    check(DEMO)
    check(changed({"networks.own": own(3), "photos.tile": 132}))
    check(changed({"networks.own": own(3), "photos.tile": None}))
    check(changed({"photos.folder": "photos", "figures.photo": "a.png"}))
    check(
        changed(
            {"experiments.9.classifier": {"backbone": "resnet18.a1_in1k", "weights": "imagenet", "input": "pixels"}}
        )
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"networks.own": own(3)},
            "networks.own.0.scale: found 3, which does not divide photos.tile, 128; "
            "allowed: a scale that does, or a photos.tile that is a multiple of 12, such as 132",
        ),
        ({"networks.own": own(5)}, "networks.own.0.scale: found 5, which does not divide photos.tile, 128; "),
        (
            {
                "networks.scales": [2, 3],
                "training.patch_size": 96,
                "networks.losses": ["L1"],
                "networks.twins": [],
                "networks.derived": [],
            },
            "networks.scales.1: found 3, which does not divide photos.tile, 128; ",
        ),
        (
            {"photos.longest_side": 135, "photos.tile": None, "networks.own": own(16), "prnu.crop": 130},
            "prnu.crop: found 130, larger than photos.longest_side, 135, cropped to a multiple of every scale (16); "
            "allowed: up to 128",
        ),
        ({"photos.tile": 600}, "photos.tile: found 600; allowed: up to photos.longest_side, 512"),
        (
            {"photos.tile": None, "photos.tiles": 3},
            "photos.tiles: found 3, and photos.tile is null; allowed: null, or with a photos.tile",
        ),
        (
            {
                "photos.tile": 16,
                "quality.crop": None,
                "prnu.crop": 16,
                "figures.patch": 16,
                "classifiers.evaluation_crop": 16,
                "classifiers.crop": 16,
                "experiments": DEMO["experiments"][:4],
                "degradations": [],
            },
            "photos.tile: found 16, of which quality leaves out 4 pixels at every border of images of 4X; allowed",
        ),
    ],
)
def test_scales_and_sizes_that_do_not_fit(changes, told):
    assert refused(changes).startswith(told)


def test_a_published_network_of_a_scale_that_does_not_divide_the_tiles_is_named():
    networks = (ROOT / "resources/networks.yaml").read_text()
    name = re.search(r"^(\S+-x3-\S+):", networks, re.MULTILINE)
    name = name[1] if name else pytest.skip("there is none of 3X")
    told = refused({"networks.published": [*DEMO["networks"]["published"], name]})
    assert told.startswith(
        f"networks.published.11: found {name}, of scale 3, which does not divide photos.tile, 128; "
    )


def test_tiles_too_small_for_a_network_are_refused():
    small = {
        "photos.tile": 32,
        "quality.crop": 32,
        "prnu.crop": 32,
        "figures.patch": 32,
        "classifiers.evaluation_crop": 32,
        "experiments": DEMO["experiments"][:1],
    }
    published = {
        "networks.published": ["NLSN-div2k-x4-L1-NA-pretrained"],
        "networks.twins": [],
        "networks.derived": [],
    }
    told = refused(small | published)
    assert told == "photos.tile: found 32; allowed for NLSN at 4X: 48 or more"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"networks.settings.EDSR.num_fea": 8},
            "EDSR.num_fea: unknown setting; allowed: num_feat, num_block, res_scale",
        ),
        (
            {"networks.settings.EDSR.num_feat": 16.0},
            "EDSR.num_feat: found 16.0; allowed: a whole number of 1 or more",
        ),
        ({"networks.settings.EDSR.num_block": 0}, "EDSR.num_block: found 0; allowed: a whole number of 1 or more"),
        ({"networks.settings.EDSR.img_range": 0}, "EDSR.img_range: found 0; allowed: a number above 0"),
        ({"networks.settings.EDSR.num_feat": [16]}, "EDSR.num_feat: found [16]; allowed: a whole number"),
        ({"networks.settings.EDSR.num_feat": True}, "EDSR.num_feat: found True; allowed: a whole number"),
        ({"networks.settings.RCAN.squeeze_factor": 17}, "RCAN.squeeze_factor: found 17; allowed: up to num_feat, 16"),
        ({"networks.settings.RCAN": {"num_feat": 8}}, "RCAN.squeeze_factor: found 16; allowed: up to num_feat, 8"),
        ({"networks.settings.NLSN": {"n_feats": 2}}, "NLSN.reduction: found 4; allowed: up to n_feats, 2"),
        ({"networks.settings.SwinIR": {"depths": 6}}, "SwinIR.depths: found 6; allowed: a list of whole numbers"),
        ({"networks.settings.SwinIR": {"depths": []}}, "SwinIR.depths: found []; allowed: a list of whole numbers"),
        (
            {"networks.settings.SwinIR": {"depths": [6]}},
            "SwinIR.num_heads: found (6, 6, 6, 6, 6, 6); allowed: one number",
        ),
        (
            {"networks.settings.SwinIR": {"embed_dim": 32}},
            "SwinIR.num_heads: found (6, 6, 6, 6, 6, 6); allowed: divisors",
        ),
        ({"networks.settings.EDRS": {}}, "EDRS: unknown architecture; allowed: EDSR, RCAN, SwinIR, RDN, NLSN"),
    ],
)
def test_settings_with_which_an_architecture_cannot_be_built(changes, told):
    assert refused(changes).startswith(f"networks.settings.{told}")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"photos.split": {"train": 0.5, "validation": 0.5, "test": 0}},
            "photos.split.test: found 0; allowed: more than",
        ),
        (
            {"photos.split": {"train": 0, "validation": 0.5, "test": 0.5}},
            "photos.split.train: found 0; allowed: more than",
        ),
        (
            {"photos.split": {"train": 0.5, "validation": 0, "test": 0.5}},
            "photos.split.validation: found 0; allowed: more",
        ),
        (
            {"photos.bundled": ["rocket", "coffee"]},
            "photos.bundled: found 2 photo(s); allowed: at least 3, one each for",
        ),
        (
            {"photos.fetch": "mona_lisa"},
            "photos.fetch: found 'mona_lisa'; allowed: names of resources/photo",
        ),
        (
            {"photos.fetch": ["kodak", "set14"], "photos.folder": "photos"},
            "photos.fetch: found kodak, set14, and photos.folder is 'photos'; allowed: one of them, the other null",
        ),
        (
            {"photos.fetch": ["debian", "kodak", "debian_mate"]},
            "photos.fetch: found debian and debian_mate, which share images; allowed: one of them",
        ),
        (
            {"photos.fetch": "debian", "datasets.natural.fetch": ["kodak", "debian_lxqt"]},
            "datasets.natural.fetch: found debian_lxqt, images of which photos.fetch has by debian; allowed: others",
        ),
        (
            {"photos.fetch": "set14", "experiments.1.training_photos": 100},
            "experiments.1.training_photos: found 100; allowed: up to 5, the most there can be",
        ),
        (
            {"photos.bundled": []},
            "photos.bundled: found [], and photos.folder is null; allowed: one of them, or fetch",
        ),
        ({"photos.folder": "mine.pth"}, "photos.folder: found 'mine.pth', which is not a folder; allowed: a folder"),
        (
            {"photos.folder": "$HOME/pics"},
            "photos.folder: found '$HOME/pics', which is not a folder; allowed: a folder of "
            "photos (~ is expanded, variables are not)",
        ),
        ({"figures.photo": "mona_lisa"}, "figures.photo: found 'mona_lisa'; allowed: null, or a test photo: "),
        (
            {"photos.folder": "photos", "figures.photo": "z.png"},
            "figures.photo: found 'z.png'; allowed: null, or a test photo among: a.png, b.png, c.png, d.png",
        ),
        ({"photos.folder": "photos", "figures.photo": "a.png-0-5"}, "figures.photo: found 'a.png-0-5'; allowed: "),
        ({"experiments.1.training_photos": 100}, "experiments.1.training_photos: found 100; allowed: up to "),
        ({"experiments.2.training_photos": 1}, "experiments.2.training_photos: found 1; allowed: nothing, with PRNU"),
        ({"prnu.training_photos": 1024}, "prnu.training_photos: found 1024; allowed: null, or up to "),
        (
            {"experiments.3.prnu": {"training_photos": 8}, "photos.tile": None},
            "experiments.3.prnu.training_photos: found 8; allowed: null, or up to 4",
        ),
        (
            {"pathvars.results": "photos/results", "photos.folder": "photos"},
            "pathvars.results: found 'photos/results', inside photos.folder, all of whose files are taken for photos",
        ),
        ({"pathvars.logs": "mine.pth"}, "pathvars.logs: found 'mine.pth', which is not a folder"),
        ({"downloads": "mine.pth"}, "downloads: found 'mine.pth', which is not a folder"),
        (
            {"downloads": "$HOME/downloads"},
            "downloads: found '$HOME/downloads', in which $HOME would be taken literally",
        ),
        (
            {"networks.own": [{"network": "x", "scale": 2, "weights": "none.pth"}]},
            "networks.own.0.weights: found 'none.pth' (No such file or directory); allowed: the path of a file",
        ),
        (
            {"networks.own": [{"network": "x", "scale": 2, "param": "mine.pth", "bin": "x.bin"}]},
            "networks.own.0.bin: found 'x.bin' (No such file or directory); allowed: the path of a file",
        ),
    ],
)
def test_photos_folders_and_files(changes, told):
    assert refused(changes).startswith(told)


def test_photos_that_are_yet_to_be_fetched_need_not_be_here():
    check(changed({"photos.fetch": "bsd100", "datasets.natural.fetch": "div2k_train"}))
    check(
        changed(
            {"photos.fetch": ["kodak", "debian_mate"], "datasets.natural.fetch": ["debian_lxqt", "debian_opencv"]}
        )
    )
    check(changed({"photos.fetch": "kodak", "datasets.texture.fetch": None, "figures.photo": "kodim01.png-0-0"}))


def test_a_test_photo_of_the_figures_is_one_of_those_that_the_split_has():
    told = refused({"figures.photo": "mona_lisa"})
    test = told.split("a test photo: ")[1].split(", ")
    assert len(test) == 5 and set(test) < set(DEMO["photos"]["bundled"])
    check(changed({"figures.photo": test[0]}))
    check(changed({"figures.photo": f"{test[0]}-0-128"}))
    (other, *_) = sorted(set(DEMO["photos"]["bundled"]) - set(test))
    assert refused({"figures.photo": other}).startswith(
        f"figures.photo: found '{other}'; allowed: null, or a test photo"
    )


def test_a_study_of_prnu_alone_needs_no_validation_photos():
    rows = [row for row in DEMO["experiments"] if row.get("method", "").startswith("prnu")]
    split = {"train": 0.5, "validation": 0, "test": 0.5}
    told = refused({"photos.split": split})
    assert told.startswith("photos.split.validation")
    try:
        check(changed({"photos.split": split, "experiments": rows}))
    except InputError as error:
        assert "split" not in str(error)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"only": {"seed": 1}, "withhold": {"seed": 1}}, "withhold.seed: found 1, and experiments.16.only.seed is 1"),
        ({"only": {"seed": 1}, "withhold": {"seed": 2}}, "withhold.seed: found 2, and experiments.16.only.seed is 1"),
        (
            {"task": "scale", "only": {"seed": 2}, "withhold": {"dataset": "texture"}},
            "withhold: found {'dataset': 'texture'}, which no network has with only {'seed': 2}",
        ),
        ({"only": {"seed": 7}}, "only.seed: found 7, which no custom network has; allowed: 1, 2, 3"),
        ({"only": {"loss": "l1"}}, "only.loss: found 'l1', which no custom network has; allowed: L1, "),
    ],
)
def test_rows_whose_networks_contradict_each_other(row, told):
    changes = {"experiments.16": {"name": "e", "task": "network"} | row}
    assert refused(changes).startswith(f"experiments.16.{told}")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"training.vgg_layer": "conv5_4", "training.patch_size": 8},
            "training.patch_size: found 8; allowed for VGG_GAN with vgg_layer conv5_4: 16 or more",
        ),
        (
            {
                "training.overrides": [{"only": {"loss": "VGG_GAN", "scale": 2}, "settings": {"patch_size": 8}}],
                "training.vgg_layer": "conv5_1",
            },
            "training.overrides.0.settings.patch_size: found 8; allowed for VGG_GAN with vgg_layer conv5_1: 16",
        ),
        (
            {"stands_for.naturl": "div2k"},
            "stands_for.naturl: no data set, architecture or backbone; allowed: such as nat",
        ),
        ({"stands_for.natural": "resnet50"}, "stands_for.natural: found 'resnet50'; allowed for a data set: div2k, "),
        (
            {"stands_for.test_resnet": "EDSR"},
            "stands_for.test_resnet: found 'EDSR'; allowed for a backbone: convnext_base",
        ),
    ],
)
def test_training_and_stand_ins(changes, told):
    assert refused(changes).startswith(told)


def test_stand_ins_are_those_of_the_schema():
    allowed = yaml.safe_load(SCHEMA.read_text())["properties"]["stands_for"]["additionalProperties"]["enum"]
    assert sorted(allowed) == sorted(name for roles in ROLES.values() for name in roles)


@pytest.mark.parametrize("architecture", TRAINED)
def test_what_is_allowed_for_an_architecture_can_be_built(architecture):
    """The smallest networks: 1 for every number, as far as numbers do not contradict each other."""
    ones = {
        "EDSR": {"num_feat": 1, "num_block": 1},
        "RCAN": {"num_feat": 1, "num_group": 1, "num_block": 1},
        "SwinIR": {"depths": [1], "embed_dim": 1, "num_heads": [1]},
        "NLSN": {"n_feats": 1, "n_resblocks": 1},
        "RDN": {"num_features": 1, "num_blocks": 1, "num_layers": 1},
    }[architecture]
    ones |= {"RCAN": {"squeeze_factor": 1}, "NLSN": {"reduction": 1, "chunk_size": 1, "n_hashes": 1}}.get(
        architecture, {}
    )
    assert list(settings_problems(architecture, ones)) == []
    images = torch.rand(1, 3, 8, 8)
    with torch.no_grad():
        assert build_trainable(architecture, 2, **ones).eval()(images).shape == (1, 3, 16, 16)
    for setting in ones:
        assert list(settings_problems(architecture, ones | {setting: 0}))


@pytest.mark.parametrize("crop", [None, 32])
@pytest.mark.parametrize("scale", [1, 2, 4, 8])
def test_a_photo_as_small_as_the_checks_allow_can_be_measured(scale, crop):
    """Of what is left within the border, LPIPS needs the most pixels."""
    small = {"quality.crop": crop, "prnu.crop": 16, "figures.patch": 16, "classifiers.evaluation_crop": 16}
    side = least_side(changed(small | {"experiments": DEMO["experiments"][:4]}), scale)
    *_, height, width = measured_area(side, side, crop, scale)
    image = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), np.uint8)
    assert PerceptualDistance("random")(image, image)[0] == 0
    assert min(measured_area(side - 1, side - 1, None, scale)[2:]) < SMALLEST_SIDE


def test_files_that_are_no_photos_are_told_before_any_job(tmp_path):
    """By their names and their content: a photo may have any name, and what may be a photo is read by a job."""
    files = {name: tmp_path / name for name in ("a.png", "README.md", "b.txt", "c.mp4", "d.json", "e", "f.NEF")}
    for path in files.values():
        path.write_bytes(b"no photo")
    Image.new("RGB", (8, 8)).save(files["b.txt"], format="JPEG")
    told = "found 'README.md', 'c.mp4', 'd.json', no photos; allowed: photos alone; move others elsewhere"
    for key, also in (("photos", ", or set photos.skip_unreadable: true"), ("datasets.natural", "")):
        with pytest.raises(InputError) as error:
            check_files(DEMO, {key: files})
        assert str(error.value) == f"configuration: {key}.folder: {told}{also}"
    check_files(DEMO, {"photos": {name: files[name] for name in ("a.png", "b.txt", "e", "f.NEF")}})
    check_files(changed({"photos.skip_unreadable": True}), {"photos": files})
