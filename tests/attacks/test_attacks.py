"""Attacks whose outcome is known: on synthetic networks, each of which adds a fixed pattern to photos."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from sr_fingerprints.attacks import forging, gradients, laundering, pairs, patterns, samples
from sr_fingerprints.attacks.columns import COLUMNS, CONTROLS, FORGING_METHODS
from sr_fingerprints.attacks.recognisers import Answers, ClassifierRecogniser, PrnuRecogniser
from sr_fingerprints.attacks.trials import Trials, describe, groups_of, side_of, try_attacks
from sr_fingerprints.classifiers.backbones import build_classifier
from sr_fingerprints.classifiers.saving import save_classifier
from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.prnu.residuals import extract_residuals
from sr_fingerprints.prnu.settings import Extraction
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.checks.attacks import gradient_problems
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.networks import REAL, custom_networks

SIDE = 48
NETWORKS = custom_networks(
    {"architectures": ["EDSR"], "scales": [2, 4], "losses": ["L1", "VGG_GAN"], "datasets": ["n"], "seeds": [1, 2]}
)
NAMES = [row.network for row in NETWORKS]
SPLITS = {"train": 8, "validation": 2, "test": 4}
SETTINGS = {
    "images": {"train": 8, "validation": 1, "test": 2},
    "lpips_images": 2,
    "laundering": {"at_chance": 2, "chains": [[{"jpeg": 50}], [{"noise": 1}]]},
    "forging": {"pairs": list(pairs.KINDS), "number": 1, "strengths": [1, 4]},
    "gradient": {"levels": [1], "steps": 2},
}


def smooth(random):
    """A smooth photo: little of it is taken for noise."""
    rows, columns = np.mgrid[:SIDE, :SIDE, :1][:2] / SIDE
    return 100 + 60 * np.sin(random.uniform(1, 4) * rows + random.uniform(1, 4) * columns + [0, 1, 2])


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Files of images by network, photos included, and of residuals: each network adds a pattern of 2 levels."""
    folder = tmp_path_factory.mktemp("study")
    files = {}
    for index, name in enumerate([*NAMES, REAL.network]):
        pattern = 2 * np.random.default_rng(index).standard_normal((SIDE, SIDE, 3)) * (name != REAL.network)
        files[name] = folder / f"{name}.h5"
        with ImageWriter(files[name], {"network": name, "scale": 2}) as writer:
            random = np.random.default_rng(100)  # the same photos for all
            for split, number in SPLITS.items():
                for tile in range(number):
                    image = np.clip(np.rint(smooth(random) + pattern), 0, 255).astype(np.uint8)
                    writer.append(image, f"{split}{tile}", f"{split}{tile // 2}", split)
    residuals = {name: folder / f"{name}-residuals.h5" for name in NAMES}
    for name, path in residuals.items():
        extract_residuals(files[name], path, Extraction("wavelet", SIDE - 8))
    return files, residuals


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    """An untrained classifier of these networks."""
    import torch

    path = tmp_path_factory.mktemp("classifier") / "c.safetensors"
    torch.manual_seed(0)
    settings = {"backbone": "highpass16", "input": "highpass", "evaluation_crop": SIDE - 4, "batch_size": 3}
    model = build_classifier("highpass16", len(NAMES))
    model.train()(torch.rand(8, 3, SIDE, SIDE))  # statistics of batch normalisation
    save_classifier(path, model, {"classes": sorted(NAMES), "settings": settings})
    return path


def sample_of(files, split, names=NAMES, number=99, seed=1):
    return samples.read_sample({name: files[name] for name in names}, split, number, SIDE, seed)


def test_pairs_are_of_their_kind_and_the_same_for_the_same_seed():
    drawn = pairs.sample_pairs(list(pairs.KINDS), NETWORKS, REAL, 3, 1)
    assert drawn == pairs.sample_pairs(list(pairs.KINDS), NETWORKS, REAL, 3, 1)
    assert drawn != pairs.sample_pairs(list(pairs.KINDS), NETWORKS, REAL, 3, 2)
    rows = {row.network: row for row in (*NETWORKS, REAL)}
    assert [pair.kind for pair in drawn] == [kind for kind in pairs.KINDS for _ in range(3)]
    assert len(set(drawn)) == len(drawn)
    for pair in drawn:
        source, target = rows[pair.source], rows[pair.target]
        assert pairs.KINDS[pair.kind](source, target) and target is not source and target.origin == "custom"
    assert {pair.source for pair in drawn if pair.kind == "photo"} == {"real"}
    only = pairs.sample_pairs(["photo"], NETWORKS, REAL, 3, 1)
    assert only == [pair for pair in drawn if pair.kind == "photo"]


def test_networks_without_seeds_have_no_pair_that_differs_in_the_seed_alone():
    published = [NetworkRow(name, "A", scale=2, loss="L1", origin="published") for name in "ab"]
    assert pairs.sample_pairs(["other_seed", "larger_scale"], published, REAL, 3, 1) == []


def test_photos_take_turns_and_crops_are_where_recognisers_look(study):
    sources = np.array(list("aaaabbc"))
    for seed in range(5):
        order = samples.in_turn(sources, np.random.default_rng(seed))
        assert sorted(order) == list(range(7)) and set(sources[order[:3]]) == set("abc")
        assert set(sources[order[3:5]]) == set("ab")
    found = samples.read_sample({"a": study[0][NAMES[0]]}, "test", 2, 38, 1)
    whole = sample_of(study[0], "test", NAMES[:1])
    assert len(set(found.source)) == 2
    for image, photo in zip(found.images, found.photo, strict=True):
        assert (image == whole.images[whole.photo == photo][0, 5:43, 5:43]).all()
    with pytest.raises(InputError, match="smaller than a crop of 49"):
        samples.read_sample({"a": study[0][NAMES[0]]}, "test", 2, 49, 1)
    assert [side_of(crops) for crops in ([16], [299, 224], [128, 120])] == [32, 300, 128]


def test_a_grid_pattern_is_the_part_that_repeats():
    random = np.random.default_rng(0)
    block = random.standard_normal((4, 4, 3))
    block -= block.mean(axis=(0, 1))
    grid = np.tile(block, (12, 12, 1)).astype(np.float32)
    noise = random.standard_normal((48, 48, 3)).astype(np.float32)
    assert np.allclose(patterns.grid_pattern(grid + 5, 4), grid, atol=1e-5)
    assert np.abs(patterns.grid_pattern(grid + noise, 4) - grid).max() < 0.4
    assert np.allclose(patterns.grid_pattern(grid[:46, :45], 4), grid[:46, :45], atol=1e-5)  # cut off blocks
    scaled = patterns.with_rms(noise, 3)
    assert np.isclose(np.sqrt((scaled**2).mean()), 3) and not patterns.with_rms(0 * noise, 3).any()
    whole = np.array([[[[0, 100, 255]]]], np.uint8)
    assert patterns.add(whole, np.float32([[[-3, 1.6, 3]]])).tolist() == [[[[0, 102, 255]]]]


def test_forging_blames_the_target_and_controls_do_not(study):
    """PRNU recognises these networks, so adding the target's residual must deceive it."""
    files, residuals = study
    recogniser = PrnuRecogniser(list(residuals.values()), "correlation")
    test, train = (sample_of(files, split) for split in ("test", "train"))
    assert (recogniser(test.images).predicted == test.network).all()
    means = {name: patterns.mean_residual(train.images[train.network == name]) for name in NAMES}
    for source, target in pairwise(NAMES):
        images = test.images[test.network == source]
        measured = forging.measure(means[source], means[target], 2, 1)
        for method in ("residual", "replaced", "denoised"):
            weak, strong = forging.forge(images, measured, method, [0.01, 6])
            assert (recogniser(strong).predicted == target).all()
            assert method != "residual" or (recogniser(weak).predicted == source).all()
        for method in CONTROLS:
            for forged in forging.forge(images, measured, method, [1, 6]):
                assert not (recogniser(forged).predicted == target).any()
        own = next(forging.forge(images, measured, "own", [6]))
        assert (recogniser(own).predicted == source).all()


def test_strengths_are_the_root_mean_square_of_what_is_added(study):
    images = np.full((2, SIDE, SIDE, 3), 128, np.uint8)
    noise = np.random.default_rng(0).standard_normal((SIDE, SIDE, 3)).astype(np.float32)
    measured = forging.measure(noise, noise, 2, 1)
    for rms, forged in zip([2, 8], forging.forge(images, measured, "residual", [2, 8]), strict=True):
        errors = laundering.squared_errors(forged, images)
        assert np.allclose(np.sqrt(errors), rms, atol=0.1)
    assert set(forging.METHODS) == {*FORGING_METHODS, *CONTROLS}


class Steady:
    """Names every network correctly while its images differ from the original ones by less than a limit."""

    crop = SIDE

    def __init__(self, sample, limits):
        self.sample, self.limits, self.asked = sample, limits, []
        self.classes = np.array(NAMES)

    def __call__(self, images):
        self.asked.append(len(images))
        errors = ((images[:, None].astype(int) - self.sample.images[None]) ** 2).mean(axis=(2, 3, 4))
        nearest, error = errors.argmin(axis=1), errors.min(axis=1)
        named = self.sample.network[nearest]
        right = error < np.array([self.limits[name] for name in named])
        predicted = np.where(right, named, "none of them")
        return Answers(
            predicted, np.ones((len(images), len(NAMES)), np.float32), np.zeros((len(images), 0), np.float32)
        )


def test_the_mildest_sufficient_chain_is_chosen_for_each_group(study):
    sample = sample_of(study[0], "validation")
    chains = [[{"noise": 6}], [{"noise": 1}], [{"noise": 3}]]  # not in order
    groups = {"all": NAMES, "sensitive": NAMES[:2], "never": NAMES[2:3], "unknown": NAMES[4:6]}
    limits = dict(zip(NAMES, [4, 4, np.inf, 4, 0, 0, 4, 4], strict=True))
    recogniser = Steady(sample, limits)
    chosen = laundering.choose_chains(sample, chains, {"r": recogniser}, groups, 2, 1)
    assert chosen["r", "sensitive"] == laundering.Chosen([{"noise": 3}], True, 0.0)
    assert chosen["r", "unknown"] == laundering.Chosen((), True, 0.0)  # untouched: not named to begin with
    assert not chosen["r", "never"].reached and chosen["r", "never"].accuracy == 1
    assert chosen["r", "all"] == laundering.Chosen([{"noise": 3}], True, 0.125)  # 1 of 8 networks
    two = Steady(sample, limits | {NAMES[3]: np.inf})
    chosen = laundering.choose_chains(sample, chains, {"r": two}, {"all": NAMES}, 2, 1)
    assert not chosen["r", "all"].reached  # twice chance, but with so few networks that is much
    quick = Steady(sample, dict.fromkeys(NAMES, 0))
    laundering.choose_chains(sample, chains, {"r": quick}, {"all": NAMES}, 2, 1)
    assert len(quick.asked) == 1  # about no chain at all


def test_chance_is_a_multiple_of_guessing_but_close_to_it():
    assert laundering.most_accuracy(2, 48) == 2 / 48 and laundering.most_accuracy(1, 2) == 0.5
    assert np.isclose([laundering.most_accuracy(2, classes) for classes in (2, 4)], [0.55, 0.325]).all()


def test_the_mildest_chain_is_that_of_the_images_of_the_group():
    """Blur costs little in a ramp, and more than noise where everything varies."""

    class Named:
        """Any change hides a network."""

        classes = np.array(["flat", "rough"])
        crop = SIDE

        def __call__(self, images):
            return Answers(
                np.array(
                    [{image.tobytes(): name for image, name in known}.get(image.tobytes(), "") for image in images]
                ),
                np.ones((len(images), 2), np.float32),
                np.zeros((len(images), 0), np.float32),
            )

    ramp = np.broadcast_to(4 * np.arange(SIDE, dtype=np.uint8)[:, None, None], (SIDE, SIDE, 3))
    rough = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    known = [(ramp, "flat"), (rough, "rough")]
    names, photos = np.array(["flat", "rough"]), np.array(["p", "p"])
    sample = samples.Sample(np.stack([ramp, rough]), names, photos, photos)
    chains, groups = [[{"noise": 3}], [{"blur": 1}]], {"all": ["flat", "rough"], "flat": ["flat"], "rough": ["rough"]}
    chosen = laundering.choose_chains(sample, chains, {"r": Named()}, groups, 0.5, 1)
    assert {group: choice.chain for (_, group), choice in chosen.items()} == {
        "all": chains[0], "flat": chains[1], "rough": chains[0],
    }  # fmt: skip
    assert all(choice.reached for choice in chosen.values())


def test_laundered_images_keep_their_size_and_nothing_changes_without_a_chain(study):
    images = sample_of(study[0], "test").images[:3]
    assert (laundering.launder(images, (), 1) == images).all()
    smaller = laundering.launder(images, [{"resize": 0.5}], 1)
    assert smaller.shape == images.shape and (smaller != images).any()
    some = laundering.launder(images, [{"noise": 2}], 1, [2, 0])
    assert (some == laundering.launder(images, [{"noise": 2}], 1)[[2, 0]]).all()
    noisy = [laundering.launder(images, [{"noise": 2}], seed) for seed in (1, 1, 2)]
    assert (noisy[0] == noisy[1]).all() and (noisy[0] != noisy[2]).any()
    assert np.allclose(laundering.squared_errors(noisy[0], images), 4, atol=0.5)


def test_gradients_change_pixels_by_no_more_than_the_levels_and_work(study, classifier):
    recogniser = ClassifierRecogniser(classifier)
    test = sample_of(study[0], "test")
    column = {name: index for index, name in enumerate(recogniser.classes)}
    own = np.array([column[name] for name in recogniser(test.images).predicted])
    targets = np.array([recogniser.classes[(index + 1) % len(column)] for index in own])
    for levels in (1, 3):
        hidden = gradients.follow_gradient(recogniser, test.images, recogniser.classes[own], False, levels, 4)
        blamed = gradients.follow_gradient(recogniser, test.images, targets, True, levels, 4)
        rows = np.arange(len(test))
        before, left, reached = (recogniser(images).scores for images in (test.images, hidden, blamed))
        for changed in (hidden, blamed):
            differences = np.abs(changed.astype(int) - test.images)
            assert differences.max() == levels and not differences[:, :2].any() and not differences[:, :, -2:].any()
        assert (left[rows, own] < before[rows, own]).all()
        wanted = [column[name] for name in targets]
        assert (reached[rows, wanted] > before[rows, wanted]).all()


def test_groups_and_chains_in_words():
    groups = groups_of(NETWORKS)
    assert list(groups) == ["all", "2X L1", "2X adversarial", "4X L1", "4X adversarial"]
    assert groups["all"] == NAMES and all(len(members) == 2 for name, members in groups.items() if name != "all")
    assert (
        describe([{"resize": 0.5}, {"jpeg": {"quality": [70, 90], "subsampling": 444}}])
        == "resize 0.5, jpeg 70-90 444"
    )
    assert describe(()) == "untouched"


def test_a_study_is_tried_and_the_same_seed_gives_the_same_bytes(study, classifier, tmp_path):
    files, residuals = study
    prnu = {"prnu": ("correlation", list(residuals.values()))}
    for name, settings in (
        ("a", SETTINGS),
        ("b", SETTINGS),
        ("few", SETTINGS | {"laundering": {"at_chance": 2, "chains": []}, "gradient": {"levels": [], "steps": 1}}),
    ):
        trials = Trials(NETWORKS, REAL, files, settings, 1)
        try_attacks(trials, {"cnn": classifier}, prnu, "random", tmp_path / f"{name}.csv", tmp_path / f"{name}.h5")
    for suffix in ("csv", "h5"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    found = pd.read_csv(tmp_path / "a.csv", keep_default_na=False)
    assert tuple(found.columns) == COLUMNS
    assert set(found.attack) == {"none", "laundering", "forging", "gradient"}
    assert set(pd.read_csv(tmp_path / "few.csv", keep_default_na=False).attack) == {"none", "forging"}
    forged = found[(found.attack == "forging") & (found.recogniser == "prnu") & (found.split == "test")]
    success = (forged.predicted == forged.target).groupby([forged.method, forged.strength]).mean()
    assert success["residual", 4] == 1 and success["untouched", 0] == 0 and success["random", 4] == 0
    assert (found[found.method == "untouched"].squared_error == 0).all()
    hidden = found[(found.method == "hide") & (found.recogniser == "cnn")]
    assert len(hidden) == len(NAMES) and (hidden.squared_error <= 1).all() and (hidden.squared_error > 0).all()


@pytest.mark.parametrize(("shared", "own"), [("statistics64", {}), ("highpass8", {"backbone": "statistics64"})])
def test_a_classifier_that_counts_has_no_gradient_to_follow(shared, own):
    row = {"name": "attribution", "task": "network", "train_on": ["custom"], "classifier": own}
    later = {"name": "later", "task": "network", "train_on": ["custom"], "classifier": {"backbone": "statistics64"}}
    config = {
        "classifiers": {"backbone": shared},
        "experiments": [row, later],
        "attacks": {"gradient": {"levels": [1]}},
    }
    (told,) = gradient_problems(config)
    assert told.startswith(
        "attacks.gradient.levels: found [1]; allowed with attribution, whose backbone statistics64 counts, and"
    )
    config["attacks"]["gradient"]["levels"] = []
    assert not list(gradient_problems(config))
    config["attacks"]["gradient"]["levels"] = [1]
    row["classifier"] = {"backbone": "highpass8"}
    assert not list(gradient_problems(config))  # the gradients of the first alone are followed
