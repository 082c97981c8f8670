"""A configuration that cannot work is refused with one line: the key, the value, what is allowed."""

import copy
import re
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest
import yaml
from attribution_data import small_bundle
from perf_programs import program
from snakemake.utils import update_config

from sr_fingerprints.attribution.bundle import write_bundle
from sr_fingerprints.networks.architectures.registry import TRAINED
from sr_fingerprints.networks.training.configured import initial_network, largest_patch, settings_of
from sr_fingerprints.networks.training.trainer import SCHEDULES, TrainingSettings
from sr_fingerprints.photos.sources import BUNDLED
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study import network_table
from sr_fingerprints.study import networks as studied
from sr_fingerprints.study.configuration import (
    check_backbones,
    check_configuration,
    check_experiments,
    check_sizes,
)
from sr_fingerprints.study.derived import derived_networks
from sr_fingerprints.study.losses import LOSSES

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "schemas/config.schema.yaml"
DEMO = yaml.safe_load((ROOT / "config.yaml").read_text())


def changed(path: str, value: object) -> dict:
    """The demo's configuration with one value replaced or added."""
    config = copy.deepcopy(DEMO)
    *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    place = config
    for key in parents:
        place = place[key]
    place[last] = value
    return config


OVERLAYS = sorted((ROOT / "config").glob("*.yaml"))


def overlaid(name: str) -> dict:
    """The configuration of a file in config/, with what it is on top of."""
    return program("operations").configuration(ROOT / f"config/{name}.yaml")


def networks_of(config: dict) -> pd.DataFrame:
    """The table of networks of a study."""
    files = ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json"
    named = config["networks"]["published"], config["networks"]["own"]
    own = studied.custom_networks(config["networks"]) + studied.published_networks(*named, *files)
    twins = studied.twin_networks(config["networks"]["twins"], own, config["generate"])
    interpolated = studied.interpolated(config["networks"]["scales"])
    derived = derived_networks(config["networks"]["derived"], own)
    return network_table.network_table([*own, *twins, *derived, studied.REAL, *interpolated])


def test_the_demo_is_accepted():
    check_configuration(DEMO, SCHEMA)
    check_experiments(DEMO, networks_of(DEMO))


@pytest.mark.parametrize("path", OVERLAYS, ids=lambda path: path.stem)
def test_every_overlay_is_accepted(path, tmp_path, monkeypatch):
    config = overlaid(path.stem)
    monkeypatch.chdir(tmp_path)
    for source in (config["photos"], *config["datasets"].values()):
        if source["folder"]:
            Path(source["folder"]).mkdir(parents=True, exist_ok=True)
    if bundle := config["attribution"]["extends"]:
        write_bundle(small_bundle(), bundle)
    check_configuration(config, SCHEMA)
    check_backbones(config, ROOT / "resources/backbones.tsv")
    check_sizes(config, networks_of(config))
    check_experiments(config, networks_of(config))


def test_a_study_of_ones_own_upscalers_alone_is_accepted(monkeypatch, tmp_path):
    """That of docs/own_networks.md and config/few_upscalers.yaml, which says no more of them than their files."""
    config = overlaid("few_upscalers")
    example = re.findall(r"# mine\.yaml\n(.*?)```", (ROOT / "docs/own_networks.md").read_text(), re.DOTALL)[-1]
    update_config(config, yaml.safe_load(example))
    assert config["networks"]["published"] == [] and len(config["networks"]["own"]) == 2
    config["photos"]["folder"] = str(tmp_path)
    check_configuration(config, SCHEMA)
    check_experiments(config, networks_of(config))


@pytest.mark.parametrize("name", ["factorial", "paper"])
def test_larger_sizes_take_no_setting_of_training_from_the_demo_unsaid(name):
    """Those of the demo are for seconds of training."""
    own = yaml.safe_load((ROOT / f"config/{name}.yaml").read_text())["training"]
    assert set(DEMO["training"]) - set(own) <= {"perceptual_weights", "overrides"}


@pytest.mark.parametrize("path", OVERLAYS, ids=lambda path: path.stem)
def test_the_command_in_an_overlay_is_its_own(path):
    """It unites the same files, in the same order, as Snakemake does."""
    told = re.search(r"--configfile((?: config/\w+\.yaml)+)", path.read_text())[1].split()
    assert told[-1] == f"config/{path.name}"
    config = copy.deepcopy(DEMO)
    for file in told:
        update_config(config, yaml.safe_load((ROOT / file).read_text()))
    assert config == overlaid(path.stem)


def test_the_pilot_has_six_networks_of_the_paper():
    pilot, paper = (networks_of(overlaid(name)) for name in ("pilot", "paper"))
    custom = pilot[pilot.origin == "custom"]
    assert len(custom) == 6 and set(pilot.network) <= set(paper.network)
    assert len(custom[["scale", "loss"]].drop_duplicates()) == 6
    assert overlaid("pilot")["training"] == overlaid("paper")["training"]
    table_7 = set(pd.read_csv(ROOT / "resources/paper/quality.csv").model)
    assert set(pilot.network) - {"real", "bicubic-x2", "bicubic-x4"} <= table_7


def test_what_the_pilot_is_compared_with_is_what_table_7_has():
    table = pd.read_csv(ROOT / "resources/paper/quality.csv")
    table = table[~table.model.str.contains("pretrained")]
    table[["scale", "loss"]] = table.model.str.extract(r"-x(\d)-(.+)-s\d$")
    means = table.groupby(["loss", "scale"]).psnr_mean.mean()
    below = {loss: [round(means["L1", scale] - means[loss, scale], 1) for scale in "24"] for loss in set(table.loss)}
    assert below == {"L1": [0, 0], "VGG_GAN": [0.6, 1.4], "ResNet_GAN": [1.3, 1.7]}
    seeds = table[table.model.str.startswith("EDSR-div2k")].groupby(["loss", "scale"]).psnr_mean
    apart = (seeds.max() - seeds.min()).round(1)
    assert (
        (apart["ResNet_GAN", "2"], apart["ResNet_GAN", "4"])
        == (0.9, 1.9)
        == (apart[:, "2"].max(), apart[:, "4"].max())
    )


def test_losses_are_compared_over_as_many_networks_each():
    custom = studied.custom_networks(overlaid("losses")["networks"])
    assert {loss: sum(row.loss == loss for row in custom) for loss in LOSSES} == dict.fromkeys(LOSSES, 24)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("networks.scalez", [2], "networks.scalez: unknown key; allowed: architectures, scales"),
        ("training.iterations", "many", "training.iterations: found 'many' (str); allowed: integer"),
        ("training.iterations", 0, "training.iterations: found 0; allowed: 1 or more"),
        ("networks.architectures", ["EDSR", "VDSR"], "networks.architectures.1: found 'VDSR'; allowed: EDSR, RCAN"),
        ("classifiers.crop", 200, "classifiers.crop: found 200, larger than a photo (photos.tile is 128)"),
        (
            "classifiers.stop_below_learning_rate",
            1,
            "classifiers.stop_below_learning_rate: found 1; allowed: less than",
        ),
        ("prnu.crop", 130, "prnu.crop: found 130, larger than a photo"),
        ("experiments.2.prnu", {"crop": 130}, "experiments.2.prnu.crop: found 130, larger than a photo"),
        ("experiments.2.prnu", {"arithmetic": "int16"}, "experiments.2.prnu.arithmetic: found 'int16'; allowed"),
        ("experiments.2.prnu", {"training_photos": 100}, "experiments.2.prnu.training_photos: found 100; allowed"),
        ("experiments.2.prnu", {"wrap": True}, "experiments.2.prnu.wrap: unknown key; allowed: denoiser"),
        ("experiments.0.prnu", {"grid": "free"}, "experiments.0.prnu: found {'grid': 'free'} with method"),
        ("networks.datasets", ["natural", "div2k"], "networks.datasets: found 'div2k'; allowed: natural, texture"),
        ("photos.folder", "no/such/folder", "photos.folder: found 'no/such/folder', which is not a folder"),
        ("photos.split.test", 0.5, "photos.split: found shares that sum to 0.95"),
        ("training.patch_size", 33, "training.patch_size: found 33; allowed at 2X: a multiple of 2"),
        (
            "training.patch_size",
            96,
            "training.patch_size: found 96; allowed for VGG_GAN, which has a discriminator: a power of two",
        ),
        ("training.ema", 1, "training.ema: found 1; allowed: less than 1"),
        (
            "training.precision",
            "float16",
            "training.precision: found 'float16'; allowed: auto, float32, bfloat16, tf32",
        ),
        ("training.schedule", "step", "training.schedule: found 'step'; allowed: constant, cosine, one_cycle"),
        ("training.initialised_from", "VGG", "training.initialised_from: found 'VGG'; allowed: null, L1"),
        (
            "training.overrides",
            [{"only": {"scale": 4}, "settings": {"learning_rate": 0}}],
            "training.overrides.0.settings.learning_rate: found 0; allowed: more than 0",
        ),
        (
            "training.overrides",
            [{"only": {"scale": 4}, "settings": {"overrides": []}}],
            "training.overrides.0.settings.overrides: found [] (list); allowed: null",
        ),
        (
            "training.overrides",
            [{"only": {"architecture": "SwinIR", "scale": 4}, "settings": {"ema": 0}}],
            "training.overrides.0.only: found architecture SwinIR, scale 4; allowed: values that some custom",
        ),
        (
            "training.overrides",
            [{"only": {"loss": "L1"}, "settings": {"patch_size": 96}}, {"only": {}, "settings": {}}],
            "training.overrides.1.only: found {}; allowed: 1 or more keys",
        ),
        (
            "training.overrides",
            [{"only": {"scale": 2}, "settings": {"patch_size": 96}}],
            "training.overrides.0.settings.patch_size: found 96; allowed for VGG_GAN, which has a discriminator",
        ),
        ("networks.settings", {"EDSR": {}}, "networks.settings.RCAN: missing"),
        (
            "networks",
            DEMO["networks"] | {"architectures": ["NLSN"], "settings": {"NLSN": {"n_feats": 8}}},
            "training.patch_size: found 32; allowed for NLSN at 4X: 48 or more",
        ),
        ("experiments.1.initialised_from", "best", "experiments.1.initialised_from: found 'best'; allowed: null, or"),
        ("experiments.1.seeds", [4], "experiments.1.seeds: found [4]; allowed: seeds of custom_attribution"),
        ("experiments.1.name", "custom_attribution", "experiments.1.name: found 'custom_attribution' twice"),
        ("experiments.0.name", "attribution", "experiments.1.initialised_from: found 'custom_attribution'; allowed"),
        ("experiments.2.seeds", [1, 2], "experiments.2.seeds: found [1, 2]; allowed: nothing, with PRNU"),
        ("experiments.2.task", "loss", "experiments.2.task: found 'loss' with PRNU; allowed: network"),
        (
            "experiments.1.classifier",
            {"backbone": "resnet18"},
            "experiments.1.initialised_from: found 'custom_attribution'; allowed: a classifier of the same backbone",
        ),
        (
            "experiments.1.classifier",
            {"input": "pixels"},
            "experiments.1.classifier.input: found 'pixels'; allowed with backbone highpass32: highpass",
        ),
        (
            "experiments.8.classifier",
            {"backbone": "resnet18", "weights": "imagenet"},
            "experiments.8.classifier.input: found 'highpass'; allowed with weights imagenet, trained on",
        ),
        (
            "classifiers.kept_crops",
            1000,
            "classifiers.kept_crops: found 1000; allowed with backbone highpass32: null",
        ),
        (
            "classifiers.backbone",
            "statistics64",
            "classifiers.kept_crops: found null; allowed with backbone statistics64: a number of crops",
        ),
        (
            "experiments.0.classifier",
            {"backbone": "statistics64", "kept_crops": 1000, "precision": "bfloat16"},
            "experiments.0.classifier.precision: found 'bfloat16'; allowed: auto or float32, which",
        ),
        (
            "classifiers.precision",
            "float16",
            "classifiers.precision: found 'float16'; allowed: auto, float32, bfloat16",
        ),
        (
            "classifiers.stochastic_depth",
            0.2,
            "classifiers.stochastic_depth: found 0.2; allowed with backbone highpass32: 0",
        ),
        (
            "experiments.0.classifier",
            {"learning_rate": 1e-9},
            "experiments.0.classifier.stop_below_learning_rate: found 4e-06; allowed: less than",
        ),
        ("experiments.0.classifier", {"crop": 200}, "experiments.0.classifier.crop: found 200, larger than a photo"),
        (
            "experiments.0.withhold",
            {"colour": 1},
            "experiments.0.withhold.colour: unknown key; allowed: architecture",
        ),
        (
            "experiments.0",
            {"name": "custom_attribution", "task": "dataset", "withhold": {"dataset": "texture"}},
            "experiments.0.withhold: found 'dataset', which is the task; allowed: another hyperparameter",
        ),
    ],
)
def test_a_wrong_value_is_named(path, value, told):
    with pytest.raises(InputError) as caught:
        check_configuration(changed(path, value), SCHEMA)
    assert str(caught.value).startswith(f"configuration: {told}")
    assert "\n" not in str(caught.value)


def test_a_network_that_is_not_there_cannot_be_started_from():
    networks = DEMO["networks"] | {"losses": ["VGG_GAN"]}
    config = DEMO | {"networks": networks, "training": DEMO["training"] | {"initialised_from": "L1"}}
    with pytest.raises(InputError, match=r"training\.initialised_from: found 'L1', which is not in networks\.losses"):
        check_configuration(config, SCHEMA)
    check_configuration(config | {"networks": networks | {"losses": ["VGG_GAN", "L1"]}}, SCHEMA)


def test_settings_of_some_networks_differ_from_those_of_all():
    overrides = [
        {"only": {"architecture": "EDSR", "loss": "L1"}, "settings": {"patch_size": 96, "initialised_from": "L1"}},
        {"only": {"scale": 4}, "settings": {"patch_size": 64}},
    ]
    training = DEMO["training"] | {"overrides": overrides}
    check_configuration(DEMO | {"training": training}, SCHEMA)
    rows = {row.network: row for row in studied.custom_networks(DEMO["networks"])}
    patches = {name: settings_of(training, row)["patch_size"] for name, row in rows.items()}
    assert patches["EDSR-natural-x2-L1-s1"] == 96 and patches["EDSR-natural-x4-L1-s1"] == 64
    assert patches["RCAN-natural-x4-VGG_GAN-s2"] == 64 and patches["RCAN-natural-x2-L1-s1"] == 32
    assert largest_patch(training, rows.values()) == 96
    assert set(settings_of(training, rows["EDSR-natural-x2-L1-s1"])) <= {
        field.name for field in fields(TrainingSettings)
    }
    assert all(initial_network(training, row) is None for row in rows.values())


def test_networks_start_from_the_one_of_their_row_with_the_loss_that_is_named():
    training = DEMO["training"] | {"initialised_from": "L1"}
    for row in studied.custom_networks(DEMO["networks"]):
        initial = initial_network(training, row)
        assert initial == (None if row.loss == "L1" else row.network.replace(row.loss, "L1"))


def test_the_schema_knows_every_architecture_and_bundled_photo():
    schema = yaml.safe_load(SCHEMA.read_text())
    networks = schema["properties"]["networks"]["properties"]
    assert networks["architectures"]["items"]["enum"] == list(TRAINED)
    assert schema["$defs"]["training"]["properties"]["schedule"]["enum"] == list(SCHEDULES)
    assert schema["$defs"]["bundled"]["items"]["enum"] == list(BUNDLED)


def test_a_withheld_value_that_no_network_has_is_named():
    networks = network_table.network_table(studied.custom_networks(DEMO["networks"]))
    config = changed("experiments.0", {"name": "a", "task": "network", "withhold": {"loss": "L2"}})
    with pytest.raises(InputError, match=r"withhold.loss: found 'L2', which no custom network has; allowed: L1, "):
        check_experiments(config, networks)


@pytest.mark.parametrize("changed_setting", [{"shift": [5, 0]}, {"shift": [0, -5]}, {"crop": 127, "shift": [1, 2]}])
def test_a_shift_out_of_the_tiles_is_named(changed_setting):
    networks = network_table.network_table(studied.custom_networks(DEMO["networks"]))
    row = {"name": "a", "task": "network", "method": "prnu_euclidean", "prnu": changed_setting}
    found = f"experiments.0.prnu.shift: found {changed_setting['shift']}, which moves crops of"
    with pytest.raises(InputError, match=re.escape(found)):
        check_experiments(changed("experiments.0", row), networks)


@pytest.mark.parametrize(("shift", "fits"), [([0, 260], True), ([0, 261], False), ([-(10**15), 0], False)])
def test_a_shift_out_of_whole_photos_of_every_shape_is_named(shift, fits):
    """Of 640 pixels at most, which no photo is on both sides, perhaps."""
    rows = [{"name": "a", "task": "network", "method": "prnu_euclidean", "prnu": {"shift": shift}}]
    config = DEMO | {"photos": DEMO["photos"] | {"tile": None, "longest_side": 642}, "experiments": rows}
    networks = network_table.network_table(studied.custom_networks(DEMO["networks"]))
    if fits:
        check_experiments(config, networks)
        return
    told = (
        f"experiments.0.prnu.shift: found {shift}, which moves crops of 120 pixels out of whole photos of up to 640"
    )
    with pytest.raises(InputError, match=re.escape(told)):
        check_experiments(config, networks)


def test_a_task_needs_two_values_in_training():
    networks = network_table.network_table(studied.custom_networks(DEMO["networks"]))
    config = changed("experiments.0", {"name": "a", "task": "scale", "withhold": {"scale": 2}})
    with pytest.raises(InputError, match=r"experiments.0.task: found 'scale'"):
        check_experiments(config, networks)


def test_an_experiment_cannot_be_evaluated_on_networks_that_are_not_there():
    networks = network_table.network_table(studied.custom_networks(DEMO["networks"]))
    with pytest.raises(InputError, match=r"experiments.0.evaluate_on: found 'published'"):
        check_experiments(DEMO, networks)


def test_networks_that_cannot_start_as_an_interpolation_are_named():
    with pytest.raises(InputError) as error:
        check_configuration(changed("networks.settings.EDSR.num_feat", 2), SCHEMA)
    wanted = (
        "training.initialisation: found 'upsampling'; allowed: default for EDSR of 2 features, or at least 3 features"
    )
    assert str(error.value) == f"configuration: {wanted}"
