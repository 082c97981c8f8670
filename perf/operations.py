"""Count the operations of networks, for the estimate of a study's cost; writes resources/operations.tsv.

uv run python perf/operations.py                  the demo's configuration and those in config/
uv run python perf/operations.py mine.yaml        and mine.yaml

Counted are the networks that these configurations train, the published ones with our own architectures, the
perceptual losses, the discriminators and the backbones of classifiers. Nothing is computed, but for statistics of
residuals: torch propagates only shapes (device "meta"). Floating-point operations are those of convolutions and
matrix products, where a multiplication and an addition are two. Images are photos of 960 x 640 pixels, or patches or
crops of the configured size.
"""

import argparse
import csv
import io
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
import yaml
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from sr_fingerprints.classifiers.backbones import build_classifier  # noqa: E402
from sr_fingerprints.files.atomic import write_text  # noqa: E402
from sr_fingerprints.networks.architectures import build_network, build_trainable  # noqa: E402
from sr_fingerprints.networks.training.configured import settings_of  # noqa: E402
from sr_fingerprints.networks.training.discriminator import Discriminator  # noqa: E402
from sr_fingerprints.networks.training.perceptual import PerceptualLoss  # noqa: E402
from sr_fingerprints.study.cost.operations import COLUMNS, canonical  # noqa: E402
from sr_fingerprints.study.experiments import experiment_table  # noqa: E402
from sr_fingerprints.study.losses import LOSSES, extractor_settings  # noqa: E402
from sr_fingerprints.study.networks import custom_networks  # noqa: E402

TABLE = ROOT / "resources/operations.tsv"
DEMO = ROOT / "config.yaml"
BASE_CONFIGURATIONS = {"pilot": ["paper"], "losses": ["factorial"], "losses_cpu": ["factorial_cpu", "losses"]}
"""Files in config/ that are on top of others there, in their order, instead of the demo."""

PHOTO = (640, 960)
PATCH = 128
PAPER_BACKBONES = ("convnext_base", "legacy_xception", "efficientnet_b2", "resnet50")
PAPER_CROP = 224


def main() -> None:
    """Count everything, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("configurations", nargs="*", type=Path, help="more configurations than those of the project")
    arguments = parser.parse_args()
    paths = [*sorted((ROOT / "config").glob("*.yaml")), *arguments.configurations]
    configurations = map(configuration, [DEMO, *paths])
    items = dict.fromkeys(item for config in configurations for item in items_of_configuration(config))
    items |= dict.fromkeys(items_of_paper())
    write_text(TABLE, to_tsv(count_item(*item) for item in sorted(items)))


def configuration(path: Path) -> dict[str, Any]:
    """Full configuration of a file: the demo's, with that of its `BASE_CONFIGURATIONS`, and its own, on top."""
    config = read_yaml(DEMO)
    for file in [*map(path.with_stem, BASE_CONFIGURATIONS.get(path.stem, [])), path]:
        config = merge_configurations(config, read_yaml(file))
    return config


def read_yaml(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def merge_configurations(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two configurations as Snakemake does: mappings are merged, other values are replaced."""
    united = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(below.get(key), Mapping)
        united[key] = merge_configurations(below[key], value) if both else value
    return united


Item = tuple[str, str, str, str]
"""An item to count: its kind, its name, its settings as canonical JSON, and its scale, or an empty string."""


def items_of_configuration(config: Mapping[str, Any]) -> Iterator[Item]:
    """Items that the jobs of one configuration compute, without published networks."""
    for row in custom_networks(config["networks"]):
        training = settings_of(config["training"], row)
        sizes = config["networks"]["settings"][row.architecture]
        yield "trained", row.architecture, canonical(sizes), str(row.scale)
        extractor, adversarial = LOSSES[row.loss]
        if extractor:
            yield "perceptual", extractor, canonical(extractor_settings(extractor, training)), ""
        if adversarial:
            sizes = {"num_feat": training["discriminator_features"], "patch_size": training["patch_size"]}
            yield "discriminator", "Discriminator", canonical(sizes), ""
    for experiment in experiment_table(config["experiments"]).values():
        settings = config["classifiers"] | dict(experiment.classifier)
        for key in ("crop", "evaluation_crop"):
            yield "backbone", settings["backbone"], canonical({"crop": settings[key]}), ""


def items_of_paper() -> Iterator[Item]:
    """The published networks with our own architectures, and the paper's backbones."""
    for entry in read_yaml(ROOT / "resources/networks.yaml").values():
        if "torch" in entry:
            architecture = entry["torch"].get("architecture", entry["architecture"])
            yield "torch", architecture, canonical(entry["torch"].get("settings", {})), str(entry["scale"])
    for backbone in PAPER_BACKBONES:
        yield "backbone", backbone, canonical({"crop": PAPER_CROP}), ""


def count_item(kind: str, name: str, settings: str, scale: str) -> list[Any]:
    """Count the operations of one item; return its row of the table."""
    print(kind, name, settings, scale, flush=True)
    # What the statistics count depends on the values, so an image of zeros is computed.
    with torch.device("cpu" if kind == "backbone" and name.startswith("statistics") else "meta"):
        network, shape = build_item(kind, name, yaml.safe_load(settings), int(scale or 1))
        images = torch.zeros(1, 3, *shape)
    operators = Operators()
    with torch.no_grad(), FlopCounterMode(display=False) as operations, operators:
        network.eval()(images)
    per_megapixel = operations.get_total_flops() / 1e9 / (shape[0] * shape[1] / 1e6)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    features = network.num_features if kind == "backbone" else ""
    return [kind, name, settings, scale, f"{per_megapixel:.6g}", operators.count, parameters, features]


def build_item(kind: str, name: str, settings: dict[str, Any], scale: int) -> tuple[torch.nn.Module, tuple[int, int]]:
    """Build a network; return it with the height and width of its input."""
    low_resolution = (PHOTO[0] // scale, PHOTO[1] // scale)
    match kind:
        case "trained":
            return build_trainable(name, scale, **settings), low_resolution
        case "torch":
            return build_network(name, scale, **settings), low_resolution
        case "perceptual":
            with torch.device("cpu"):  # its random weights are computed
                features = PerceptualLoss(name, "random", settings.get("vgg_layer", "conv1_1")).features
            return features.to("meta"), (PATCH, PATCH)
        case "discriminator":
            return Discriminator(**settings), (settings["patch_size"], settings["patch_size"])
        case "backbone":
            backbone = build_classifier(name, classes=2).backbone
            return backbone, (settings["crop"], settings["crop"])
    raise ValueError(kind)


class Operators(TorchDispatchMode):
    """Counts the operators that torch calls, except views; each is one or more kernels on a GPU."""

    count = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += not function.is_view
        return function(*args, **(kwargs or {}))


def to_tsv(rows: Iterator[list[Any]]) -> str:
    stream = io.StringIO()
    table = csv.writer(stream, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
    table.writerow(COLUMNS)
    table.writerows(rows)
    return stream.getvalue()


if __name__ == "__main__":
    main()
