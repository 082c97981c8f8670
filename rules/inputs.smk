"""Input functions and params of the rules: files, rows of the table of networks, settings, code digests. No rules."""

from functools import cache

from sr_fingerprints.networks.loading import modules_loaded_by_name
from sr_fingerprints.networks.training.configured import initial_network, settings_of
from sr_fingerprints.runtime.code_digest import code_digest
from sr_fingerprints.runtime.remembered import content_of_all
from sr_fingerprints.study import augmentation, timm_backbones

BY_NAME = {row.network: row for row in ROWS}


@cache
def digest(script, *loaded_by_name):
    """Digest of the library code that a script runs; as a param, it reruns jobs when that code changes."""
    return code_digest(ROOT / "scripts", script, loaded_by_name)


def content_of(files):
    """Digest of the content of the user's files; time stamps do not tell one that is replaced by an older one."""
    return content_of_all([RUN_FOLDER / file for file in files], RUN_FOLDER / MEMORY)


def network_row(wildcards):
    """The network's row of the table of networks."""
    return BY_NAME[wildcards.network]


def network_files(wildcards):
    """Files with the weights of a network; a twin shares those of its network."""
    row = network_row(wildcards)
    return weights_of(row.weights_of or row.network)


def weights_of(name):
    """Files with the weights of the trained or published network of this name."""
    row = BY_NAME[name]
    if row.framework == "trained":
        return [f"<results>/networks/{name}.safetensors"]
    return [f"<results>/weights/{name}.{suffix}" for suffix in row.files]


def derived_file(row):
    """File with the weights of a derived network; checkpoints are by their training, under the share of it."""
    return f"<results>/derived/{row.network}.safetensors"


def compared_files(wildcards):
    """Entries of the files of a network, and of each other one that must not have the same, by network."""
    row = network_row(wildcards)
    others = [other for other in STUDIED if other.network != row.network and local_files.may_be_one(row, other)]
    return {each.network: each.files for each in (row, *others)}


def generation_settings(wildcards):
    """Settings that a network is applied with; the second twin of a pair overrides some of them."""
    return config["generate"] | network_row(wildcards).generate


def dataset_file(wildcards):
    """The photos that a network is trained on."""
    return f"<results>/datasets/{network_row(wildcards).dataset}.h5"


def checked_dataset_file(wildcards):
    """What `check_dataset` writes of the photos that a network was trained on, if the study trained it."""
    row = network_row(wildcards)
    return f"<results>/datasets/{row.dataset}-shared.csv" if row.framework == "trained" else []


def low_resolution_dataset_file(wildcards):
    """The same photos at the low resolution that the network takes."""
    row = network_row(wildcards)
    return f"<results>/datasets/{row.dataset}-x{row.scale}.h5"


def initial_network_file(wildcards):
    """Weights of the custom network that training starts from, if any."""
    name = initial_network(config["training"], network_row(wildcards))
    return f"<results>/networks/{name}.safetensors" if name else []


def image_files(networks):
    """Files with the images of each of ``networks``: generated ones, or for ``real`` the photos as they are."""
    return [
        "<results>/photos.h5" if name == studied.REAL.network else f"<results>/sr/{name}.h5"
        for name in networks.network
    ]


def low_resolution_file(wildcards):
    """The photos at the low resolution that a network takes."""
    return f"<results>/photos-x{network_row(wildcards).scale}.h5"


def training_networks(wildcards):
    """Rows of the networks that an experiment is trained on."""
    return experiments.training_networks(EXPERIMENTS[wildcards.experiment], NETWORKS)


def evaluated_networks(wildcards):
    """Rows of the networks that an experiment is evaluated on."""
    return experiments.evaluated_networks(EXPERIMENTS[wildcards.experiment], NETWORKS)


def labels(wildcards, networks):
    """Class label of each of these networks in an experiment."""
    return networks[EXPERIMENTS[wildcards.experiment].task].map(str).tolist()


def classifier_settings(wildcards):
    """Settings that the classifiers of an experiment are trained with."""
    settings = config["classifiers"] | EXPERIMENTS[wildcards.experiment].classifier
    return augmentation.with_chains(settings, config["degradations"])


def initial_classifier_file(wildcards):
    """The classifier of the same seed that training starts from, if any."""
    origin = EXPERIMENTS[wildcards.experiment].initialised_from
    return f"<results>/classifiers/{origin}-s{wildcards.seed}.safetensors" if origin else []


def evidence_networks(wildcards):
    """Rows of the networks whose images an experiment's evidence is measured on: all but twins and derived ones."""
    rows = evaluated_networks(wildcards)
    return rows[~rows.origin.isin(["twin", "derived"])]


def evidence_sides(wildcards):
    """Sides of the crops that evidence is measured on: those that the backbone accepts, and the evaluation crop."""
    settings = classifier_settings(wildcards)
    return sorted({*_accepted(config["evidence"]["sides"], settings), settings["evaluation_crop"]})


def evidence_crops(wildcards):
    """Numbers of crops of an image that evidence is measured on; none if the backbone does not accept that side."""
    accepted = _accepted([config["evidence"]["crop"]], classifier_settings(wildcards))
    return config["evidence"]["crops"] if accepted else []


def _accepted(sides, settings):
    highpass = settings["input"] == "highpass"
    return timm_backbones.accepted_sides(sides, settings["backbone"], highpass, ROOT / "resources/backbones.tsv")


def prediction_files(*names):
    """Files of predictions of the named experiments: one per classifier seed, or a single one for PRNU."""
    return [
        f"<results>/predictions/{name}{suffix}.h5"
        for name in names
        for suffix in ([""] if EXPERIMENTS[name].is_prnu else [f"-s{seed}" for seed in EXPERIMENTS[name].seeds])
    ]


def validation_files(*names):
    """Files of predictions for the validation photos of the named experiments: one per classifier seed."""
    return [
        file.replace("<results>/predictions", "<results>/predictions/validation") for file in prediction_files(*names)
    ]


def experiment_of_each(*names):
    """Name of the experiment of each of the `prediction_files`, in the same order."""
    return [name for name in names for _ in prediction_files(name)]


def experiments_of_kind(kind, *origins):
    """Names of the experiments of one kind; with ``origins``, only those trained on exactly these origins."""
    return [
        name
        for name, row in EXPERIMENTS.items()
        if row.kind == kind and (not origins or set(row.train_on) == set(origins))
    ]


def prnu_settings(name):
    """PRNU settings of an experiment, by its name."""
    return config["prnu"] | EXPERIMENTS[name].prnu


def networks_of(name):
    """Rows of the networks that an experiment is trained on."""
    return experiments.training_networks(EXPERIMENTS[name], NETWORKS)


def fingerprint_files(name):
    """Files of residuals of the networks of a PRNU experiment, with their fingerprints."""
    folder = prnu.residuals_name(prnu_settings(name))
    return [f"<results>/prnu/{folder}/{network}.h5" for network in networks_of(name).network]


def prnu_settings_by_key():
    """PRNU settings of every experiment that has any, by the key of its row in the configuration."""
    return {
        f"experiments.{index}.prnu": prnu_settings(name)
        for index, (name, row) in enumerate(EXPERIMENTS.items())
        if row.is_prnu
    }


def parser_files():
    """Files of predictions of the parsers in Figure 7, by task."""
    return {EXPERIMENTS[name].task: prediction_files(name) for name in experiments.parsers_of_published(EXPERIMENTS)}


def images_of(names):
    """Rows of the networks that the named experiments are trained on, each once: whose images are degraded."""
    chosen = [
        network for name in names for network in experiments.training_networks(EXPERIMENTS[name], NETWORKS).network
    ]
    return NETWORKS.loc[list(dict.fromkeys(chosen))]


def residuals_of(names):
    """Files of residuals that the named PRNU experiments need, each once, as ``<settings>/<network>``."""
    return list(
        dict.fromkeys(
            f"{prnu.residuals_name(prnu_settings(name))}/{network}"
            for name in names
            for network in images_of([name]).network
        )
    )


def matches_of(names):
    """Match, settings of the residuals and networks of the named PRNU experiments, by name."""
    return {
        name: (
            EXPERIMENTS[name].method.removeprefix("prnu_"),
            prnu.residuals_name(prnu_settings(name)),
            images_of([name]).network.tolist(),
        )
        for name in names
    }
