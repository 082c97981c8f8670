"""A configuration that cannot work is refused with one line: the key, the value, what is allowed."""

import copy
import re
from pathlib import Path

import pytest
import yaml

from sr_fingerprints.configuration import check_configuration, check_experiments
from sr_fingerprints.errors import InputError
from sr_fingerprints.network_table import custom_networks, network_table
from sr_fingerprints.networks.trainable import TRAINABLE
from sr_fingerprints.photographs import BUNDLED

ROOT = Path(__file__).parent.parent
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


def test_the_demo_is_accepted():
    check_configuration(DEMO, SCHEMA)


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
        ("networks.datasets", ["natural", "div2k"], "networks.datasets: found 'div2k'; allowed: natural, medical"),
        ("photos.folder", "no/such/folder", "photos.folder: found 'no/such/folder', which is not a folder"),
        ("photos.bundled", ["retina", "china", "coffee"], "datasets.medical: found retina, which `photos` has too"),
        ("photos.split.test", 0.5, "photos.split: found shares that sum to 1.21"),
        ("training.patch_size", 33, "training.patch_size: found 33; allowed: 8, 16, 32, 64, 128, 256"),
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
        (
            "experiments.1.name",
            "attribution",
            "experiments: found custom_attribution, attribution, custom_prnu_euclidean,",
        ),
        ("experiments.2.seeds", [1, 2], "experiments.2.seeds: found [1, 2]; allowed: nothing, with PRNU"),
        ("experiments.2.task", "loss", "experiments.2.task: found 'loss' with PRNU; allowed: network"),
        (
            "experiments.1.classifier",
            {"backbone": "resnet18"},
            "experiments.1.initialised_from: found 'custom_attribution'; allowed: a classifier of the same backbone",
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
    ],
)
def test_a_wrong_value_is_named(path, value, told):
    with pytest.raises(InputError) as caught:
        check_configuration(changed(path, value), SCHEMA)
    assert str(caught.value).startswith(f"configuration: {told}")
    assert "\n" not in str(caught.value)


def test_the_schema_knows_every_architecture_and_bundled_photo():
    schema = yaml.safe_load(SCHEMA.read_text())
    networks = schema["properties"]["networks"]["properties"]
    assert networks["architectures"]["items"]["enum"] == list(TRAINABLE)
    assert schema["$defs"]["bundled"]["items"]["enum"] == list(BUNDLED)


def test_a_withheld_value_that_no_network_has_is_named():
    networks = network_table(custom_networks(DEMO["networks"]))
    config = changed("experiments.0", {"name": "a", "task": "network", "withhold": {"loss": "L2"}})
    with pytest.raises(InputError, match=r"withhold.loss: found 'L2', which no custom network has; allowed: L1, "):
        check_experiments(config, networks)


@pytest.mark.parametrize("changed_setting", [{"shift": [5, 0]}, {"shift": [0, -5]}, {"crop": 127, "shift": [1, 2]}])
def test_a_shift_out_of_the_tiles_is_named(changed_setting):
    networks = network_table(custom_networks(DEMO["networks"]))
    row = {"name": "a", "task": "network", "method": "prnu_euclidean", "prnu": changed_setting}
    found = f"experiments.0.prnu.shift: found {changed_setting['shift']}, which moves crops of"
    with pytest.raises(InputError, match=re.escape(found)):
        check_experiments(changed("experiments.0", row), networks)


def test_a_task_needs_two_values_in_training():
    networks = network_table(custom_networks(DEMO["networks"]))
    config = changed("experiments.0", {"name": "a", "task": "scale", "withhold": {"scale": 2}})
    with pytest.raises(InputError, match=r"experiments.0.task: found 'scale'"):
        check_experiments(config, networks)


def test_an_experiment_cannot_be_evaluated_on_networks_that_are_not_there():
    networks = network_table(custom_networks(DEMO["networks"]))
    with pytest.raises(InputError, match=r"experiments.0.evaluate_on: found 'published'"):
        check_experiments(DEMO, networks)
