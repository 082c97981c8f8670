"""The checked configuration, the tables of networks and experiments, and functions, for all other files here.

Everything here runs before any job; a configuration that cannot work stops here, in one line.
"""

import math
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from sr_fingerprints import configuration, network_table, networks, photographs
from sr_fingerprints.errors import InputError
from sr_fingerprints.figures.selection import networks_shown
from sr_fingerprints.provenance import module_digest

ROOT = Path(workflow.basedir)
TABLES = ["accuracy_by_hyperparameter", "seed_triplets", "quality", "published_networks"]
FIGURES = ["overview", "patches", "tsne_custom", "tsne_published"]

try:
    configuration.check_configuration(config, ROOT / "schemas/config.schema.yaml")
    NETWORKS = network_table.network_table(
        network_table.custom_networks(config["networks"])
        + network_table.published_networks(
            config["networks"]["published"],
            config["networks"]["own"],
            ROOT / "resources/networks.yaml",
            ROOT / "schemas/networks.schema.json",
        )
    ).set_index("network", drop=False)
    configuration.check_experiments(config, NETWORKS)
    PHOTOS = photographs.photo_sources(config["photos"]["folder"], config["photos"]["bundled"])
    DATASETS = {
        name: photographs.choose_fraction(
            photographs.photo_sources(source["folder"], source["bundled"]), source["fraction"], config["seed"]
        )
        for name, source in config["datasets"].items()
        if name in config["networks"]["datasets"]
    }
except InputError as error:
    sys.exit(str(error))

RESULTS = config["pathvars"]["results"]  # for params, in which Snakemake leaves <results> as it is
EXPERIMENTS = {row["name"]: row for row in config["experiments"]}
SCALES = sorted(set(NETWORKS.scale))


wildcard_constraints:
    network="|".join(map(re.escape, NETWORKS.network)),
    suffix="pth|pt|ckpt|safetensors|tensorflow|param|bin",
    dataset="|".join(DATASETS),
    experiment="|".join(EXPERIMENTS),
    origin="custom|published",
    scale=r"\d+",
    seed=r"\d+",
    match="|".join(config["prnu"]["matches"]),


def digest(*modules):
    """Content digest of library modules: as a param, it reruns what they decide when they change."""
    return module_digest(ROOT / "scripts/sr_fingerprints", modules)


def names(origin):
    """Names of the networks of one origin."""
    return NETWORKS.network[NETWORKS.origin == origin].tolist()


def network_row(wildcards):
    """What the row of the table of networks has, as a dict; other networks' columns do not matter to this one."""
    return {key: value for key, value in NETWORKS.loc[wildcards.network].to_dict().items() if value != ""}


def network_files(wildcards):
    """Where the weights of a network lie."""
    if (row := network_row(wildcards))["origin"] == "custom":
        return ["<results>/networks/{network}.safetensors"]
    return [f"<results>/weights/{{network}}.{suffix}" for suffix in row["files"]]


def low_resolution_photos(wildcards):
    """The photos in the low resolution that a network is given."""
    return f"<results>/photos-x{network_row(wildcards)['scale']}.h5"


def training_networks(wildcards):
    """Rows of the networks that an experiment trains on: those of its origin without the withheld value."""
    experiment = EXPERIMENTS[wildcards.experiment]
    rows = NETWORKS[NETWORKS.origin == experiment["train_on"]]
    for column, value in experiment["withhold"].items():
        rows = rows[rows[column] != value]
    return rows


def initial_classifier(wildcards):
    """The classifier of the same seed that training starts from, if any."""
    origin = EXPERIMENTS[wildcards.experiment]["initialised_from"]
    return f"<results>/classifiers/{origin}-s{wildcards.seed}.safetensors" if origin else []


def predictions(experiment, origin):
    """The predictions of every seed of one experiment for the networks of one origin."""
    return [f"<results>/predictions/{experiment}-s{seed}-on-{origin}.h5" for seed in EXPERIMENTS[experiment]["seeds"]]


def all_predictions():
    """The predictions of every experiment for all networks that it is evaluated on."""
    return [
        path
        for experiment, row in EXPERIMENTS.items()
        for origin in row["evaluate_on"]
        for path in predictions(experiment, origin)
    ]


def prnu_predictions(origin):
    """The predictions of PRNU by every match in use."""
    return [f"<results>/predictions/prnu_{match}-on-{origin}.h5" for match in config["prnu"]["matches"]]
