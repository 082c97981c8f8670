"""What rules are given: functions that find files, rows of the table of networks, settings, and code. No rules."""

from functools import cache

from sr_fingerprints.networks.loading import modules_loaded_by_name
from sr_fingerprints.networks.training.configured import initial_network, settings_of
from sr_fingerprints.runtime.code_digest import code_digest

BY_NAME = {row.network: row for row in ROWS}


@cache
def digest(script, *loaded_by_name):
    """Digest of the library's code behind a script: as a param, it reruns what the code decides when that changes."""
    return code_digest(ROOT / "scripts", script, loaded_by_name)


def network_row(wildcards):
    """The row of the table of networks."""
    return BY_NAME[wildcards.network]


def network_files(wildcards):
    """Where the weights of a network lie; a twin has those of the network that it is a twin of."""
    row = network_row(wildcards)
    name = row.weights_of or row.network
    if row.framework == "trained":
        return [f"<results>/networks/{name}.safetensors"]
    return [f"<results>/weights/{name}.{suffix}" for suffix in row.files]


def generation_settings(wildcards):
    """How a network is applied; a second twin has settings of its own."""
    return config["generate"] | network_row(wildcards).generate


def dataset_file(wildcards):
    """The photos that a network is trained on."""
    return f"<results>/datasets/{network_row(wildcards).dataset}.h5"


def low_resolution_dataset_file(wildcards):
    """The same in the low resolution that the network is given."""
    row = network_row(wildcards)
    return f"<results>/datasets/{row.dataset}-x{row.scale}.h5"


def initial_network_file(wildcards):
    """The weights of the custom network that the training of another starts from, if any."""
    name = initial_network(config["training"], network_row(wildcards))
    return f"<results>/networks/{name}.safetensors" if name else []


def image_files(networks):
    """The images that networks made of the photos: one file each, of which the photos' own is the real one's."""
    return [
        "<results>/photos.h5" if origin == "real" else f"<results>/sr/{name}.h5"
        for name, origin in zip(networks.network, networks.origin)
    ]


def low_resolution_file(wildcards):
    """The photos in the low resolution that a network is given."""
    return f"<results>/photos-x{network_row(wildcards).scale}.h5"


def training_networks(wildcards):
    """Rows of the networks that an experiment learns from."""
    return experiments.training_networks(EXPERIMENTS[wildcards.experiment], NETWORKS)


def evaluated_networks(wildcards):
    """Rows of the networks that an experiment is evaluated on."""
    return experiments.evaluated_networks(EXPERIMENTS[wildcards.experiment], NETWORKS)


def labels(wildcards, networks):
    """What an experiment predicts, of each of these networks."""
    return networks[EXPERIMENTS[wildcards.experiment].task].map(str).tolist()


def classifier_settings(wildcards):
    """How the classifiers of an experiment are trained."""
    return config["classifiers"] | EXPERIMENTS[wildcards.experiment].classifier


def initial_classifier_file(wildcards):
    """The classifier of the same seed that training starts from, if any."""
    origin = EXPERIMENTS[wildcards.experiment].initialised_from
    return f"<results>/classifiers/{origin}-s{wildcards.seed}.safetensors" if origin else []


def prediction_files(*names):
    """The predictions of experiments: one file a classifier, and one for PRNU."""
    return [
        f"<results>/predictions/{name}{suffix}.h5"
        for name in names
        for suffix in ([""] if EXPERIMENTS[name].is_prnu else [f"-s{seed}" for seed in EXPERIMENTS[name].seeds])
    ]


def experiment_of_each(*names):
    """The name of the experiment that each of the `prediction_files` belongs to."""
    return [name for name in names for _ in prediction_files(name)]


def experiments_of_kind(kind, *origins):
    """Names of the experiments of one kind, or of those among them that learn from networks of these origins."""
    return [
        name
        for name, row in EXPERIMENTS.items()
        if row.kind == kind and (not origins or set(row.train_on) == set(origins))
    ]


def prnu_settings(name):
    """How an experiment of this name does PRNU."""
    return config["prnu"] | EXPERIMENTS[name].prnu


def tabulated_prnu(*origins):
    """Names of the PRNU experiments that stand beside classifiers: of all networks of these origins, nothing varied."""
    return [
        name
        for name in experiments_of_kind("prnu", *origins)
        if not EXPERIMENTS[name].only and prnu.is_baseline(prnu_settings(name), config["prnu"])
    ]


def parser_files():
    """The predictions of the parsers of Figure 7, by task."""
    return {EXPERIMENTS[name].task: prediction_files(name) for name in experiments.parsers_of_published(EXPERIMENTS)}
