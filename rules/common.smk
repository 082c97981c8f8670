"""The checked configuration, the tables of networks and experiments, and functions, for all other files here.

Everything here runs before any job; a configuration that cannot work stops here, in one line.
"""

import math
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from sr_fingerprints.networks.loading import modules_loaded_by_name
from sr_fingerprints.study import configuration
from sr_fingerprints.photos import copies
from sr_fingerprints.study import experiments
from sr_fingerprints.study import network_table
from sr_fingerprints.runtime import orphans
from sr_fingerprints.photos import sources
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.figures.selection import networks_shown
from sr_fingerprints.prnu import settings as prnu
from sr_fingerprints.runtime.code_digest import code_digest
from sr_fingerprints.tables.values import SOURCES
from sr_fingerprints.networks.training.configured import initial_network, largest_patch, settings_of

ROOT = Path(workflow.basedir)
os.environ[orphans.SNAKEMAKE] = str(os.getpid())
try:
    configuration.check_configuration(config, ROOT / "schemas/config.schema.yaml")
    STUDIED = network_table.custom_networks(config["networks"]) + network_table.published_networks(
        config["networks"]["published"],
        config["networks"]["own"],
        ROOT / "resources/networks.yaml",
        ROOT / "schemas/networks.schema.json",
    )
    SCALES = sorted({row["scale"] for row in STUDIED})
    NETWORKS = network_table.network_table(
        [
            *STUDIED,
            *network_table.twin_networks(config["networks"]["twins"], STUDIED, config["generate"]),
            network_table.REAL,
            *network_table.interpolated(SCALES),
        ]
    ).set_index("network", drop=False)
    configuration.check_experiments(config, NETWORKS)
    PHOTOS = sources.photo_sources(config["photos"]["folder"], config["photos"]["bundled"])
    FOUND = {
        name: sources.photo_sources(source["folder"], source["bundled"])
        for name, source in config["datasets"].items()
        if name in config["networks"]["datasets"]
    }
    copies.refuse_same_files(PHOTOS, FOUND)
    DATASETS = {
        name: sources.random_fraction(files, config["datasets"][name]["fraction"], config["seed"])
        for name, files in FOUND.items()
    }
except InputError as error:
    sys.exit(str(error))


onstart:
    try:
        configuration.check_writable(config["pathvars"])
    except InputError as error:
        sys.exit(str(error))
    if workflow.local_exec:  # each job that ends would wake it up every second, for good, and delay its own end
        workflow.scheduler.job_rate_limiter = None


RESULTS = config["pathvars"]["results"]  # for params, in which Snakemake leaves <results> as it is
EXPERIMENTS = experiments.experiment_table(config["experiments"])
STUDY = {
    "name": Path(RESULTS).name,
    "custom_networks": sum(row["origin"] == "custom" for row in STUDIED),
    "published_networks": sum(row["origin"] == "published" for row in STUDIED),
    "expected_quality": config["quality"]["expect"],
}
STANDS_FOR = {
    ours: theirs
    for ours, theirs in config["stands_for"].items()
    if ours in [*DATASETS, *config["networks"]["architectures"]]
    or any(ours == {**config["classifiers"], **row.classifier}["backbone"] for row in EXPERIMENTS.values())
}
KINDS = {"backbones": "backbone", "parsers": "parser", "controls": "control", "prnu": "prnu"}
TABLES = ["published_networks", "backbones", "accuracy_by_hyperparameter", "seed_triplets", "parsers", "datasets"]
TABLES += ["quality", "controls", "prnu", "values"]
FIGURES = ["overview", "patches", "tsne_custom", "seed_triplets", "tsne_published", "separation", "published_parsing"]
FIGURES += ["quality"]


def prnu_settings(name):
    """How an experiment of this name does PRNU."""
    return config["prnu"] | EXPERIMENTS[name].prnu


EXTRACTIONS = prnu.extractions(
    [prnu_settings(name) for name, row in EXPERIMENTS.items() if row.is_prnu], prnu.period_of(SCALES)
)


def one_of(names):
    """A wildcard constraint to these names; where there are none, nothing fits."""
    return "|".join(map(re.escape, names)) or "(?!)"


wildcard_constraints:
    network=one_of(NETWORKS.network[NETWORKS.origin != "real"]),
    residuals=one_of(EXTRACTIONS),
    suffix="pth|pt|ckpt|safetensors|tensorflow|param|bin",
    dataset=one_of(DATASETS),
    experiment=one_of(name for name, row in EXPERIMENTS.items() if not row.is_prnu),
    prnu=one_of(name for name, row in EXPERIMENTS.items() if row.is_prnu),
    origin="custom|published",
    scale=r"\d+",
    seed=r"\d+",


def digest(script, *loaded_by_name):
    """Digest of the library's code behind a script: as a param, it reruns what the code decides when that changes."""
    return code_digest(ROOT / "scripts", script, loaded_by_name)


def network_row(wildcards):
    """What the row of the table of networks has, as a dict; other networks' columns do not matter to this one."""
    return {key: value for key, value in NETWORKS.loc[wildcards.network].to_dict().items() if value != ""}


def network_files(wildcards):
    """Where the weights of a network lie; a twin has those of the network that it is a twin of."""
    row = network_row(wildcards)
    name = row.get("weights_of", row["network"])
    if row["framework"] == "trained":
        return [f"<results>/networks/{name}.safetensors"]
    return [f"<results>/weights/{name}.{suffix}" for suffix in row["files"]]


def generation_settings(wildcards):
    """How a network is applied; a second twin has settings of its own."""
    return config["generate"] | network_row(wildcards).get("generate", {})


def initial_weights(wildcards):
    """The weights of the custom network that the training of another starts from, if any."""
    name = initial_network(config["training"], network_row(wildcards))
    return f"<results>/networks/{name}.safetensors" if name else []


def images_of(networks):
    """The images that networks made of the photos: one file each, of which the photos' own is the real one's."""
    return [
        "<results>/photos.h5" if origin == "real" else f"<results>/sr/{name}.h5"
        for name, origin in zip(networks.network, networks.origin)
    ]


def low_resolution_photos(wildcards):
    """The photos in the low resolution that a network is given."""
    return f"<results>/photos-x{network_row(wildcards)['scale']}.h5"


def training_networks(wildcards):
    """Rows of the networks that an experiment learns from."""
    return experiments.training_networks(EXPERIMENTS[wildcards.experiment], NETWORKS)


def evaluated_networks(wildcards):
    """Rows of the networks that an experiment is asked about."""
    return experiments.evaluated_networks(EXPERIMENTS[wildcards.experiment], NETWORKS)


def labels(wildcards, networks):
    """What an experiment predicts, of each of these networks."""
    return networks[EXPERIMENTS[wildcards.experiment].task].map(str).tolist()


def classifier_settings(wildcards):
    """How the classifiers of an experiment are trained."""
    return config["classifiers"] | EXPERIMENTS[wildcards.experiment].classifier


def initial_classifier(wildcards):
    """The classifier of the same seed that training starts from, if any."""
    origin = EXPERIMENTS[wildcards.experiment].initialised_from
    return f"<results>/classifiers/{origin}-s{wildcards.seed}.safetensors" if origin else []


def predictions(*names):
    """The predictions of experiments: one file a classifier, and one for PRNU."""
    return [
        f"<results>/predictions/{name}{suffix}.h5"
        for name in names
        for suffix in ([""] if EXPERIMENTS[name].is_prnu else [f"-s{seed}" for seed in EXPERIMENTS[name].seeds])
    ]


def experiment_of_each(*names):
    """The name of the experiment that each of the `predictions` belongs to."""
    return [name for name in names for _ in predictions(name)]


def of_kind(kind, *origins):
    """Names of the experiments of one kind, or of those among them that learn from networks of these origins."""
    return [
        name
        for name, row in EXPERIMENTS.items()
        if row.kind == kind and (not origins or set(row.train_on) == set(origins))
    ]


def prnu_in_the_tables(*origins):
    """Names of the PRNU experiments that stand beside classifiers: of all networks of these origins, nothing varied."""
    return [
        name
        for name in of_kind("prnu", *origins)
        if not EXPERIMENTS[name].only and prnu.is_baseline(prnu_settings(name), config["prnu"])
    ]


def parsers_of_published():
    """The predictions of the parsers that withhold nothing and are asked about published networks, by task."""
    return {
        EXPERIMENTS[name].task: predictions(name)
        for name in of_kind("parser")
        if not EXPERIMENTS[name].withhold and "published" in EXPERIMENTS[name].tested_on
    }


# A study without an experiment of some kind is without its table and figure.
TABLES = [name for name in TABLES if name not in KINDS or of_kind(KINDS[name])]
FIGURES = [name for name in FIGURES if name != "published_parsing" or parsers_of_published()]
QUOTED = [name for name in TABLES if name in SOURCES]


def shown(path, item):
    """An output that the report shows, under the caption that bears its name, as this item of the paper."""
    return report(
        path,
        caption=f"../report/{Path(path).parent.name}/{Path(path).stem}.rst",
        category=Path(path).parent.name.capitalize(),
        labels={"name": Path(path).stem.replace("_", " "), "in the paper": item},
    )
