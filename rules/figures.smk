"""Figures, as PDF and PNG: each its own rule."""


rule plot_overview:
    """Figure 1: what happens to the data, as the graph of rules."""
    output:
        png=report(
            "<results>/figures/overview.png",
            caption="../report/overview.rst",
            category="Figures",
            labels={"figure": "overview", "in the paper": "Figure 1"},
        ),
        pdf="<results>/figures/overview.pdf",
    log:
        "<logs>/figures/overview.log",
    conda:
        "../envs/analysis.yaml"
    params:
        config=config,
        snakefile=str(ROOT / "Snakefile"),
        code=digest("figures/overview", "figures/layered_layout", "figures/style"),
    script:
        "../scripts/plot_overview.py"


rule plot_patches:
    """Figure 2: one patch of a test photo as many networks made it."""
    input:
        networks="<results>/networks.csv",
        photos="<results>/photos.h5",
        low_resolution=[f"<results>/photos-x{scale}.h5" for scale in SCALES],
        images=[f"<results>/sr/{name}.h5" for name in networks_shown(NETWORKS)],
    output:
        png=report(
            "<results>/figures/patches.png",
            caption="../report/patches.rst",
            category="Figures",
            labels={"figure": "patches", "in the paper": "Figure 2"},
        ),
        pdf="<results>/figures/patches.pdf",
    log:
        "<logs>/figures/patches.log",
    conda:
        "../envs/analysis.yaml"
    params:
        photo=config["figures"]["photo"],
        side=config["figures"]["patch"],
        code=digest("figures/patches", "figures/style", "low_resolution", "quality", "storage"),
    script:
        "../scripts/plot_patches.py"


rule plot_tsne_custom:
    """Figure 3: what the classifier sees of the custom networks, by scale and loss."""
    input:
        networks="<results>/networks.csv",
        predictions=predictions("custom_attribution", "custom")[0],
    output:
        png=report(
            "<results>/figures/tsne_custom.png",
            caption="../report/tsne_custom.rst",
            category="Figures",
            labels={"figure": "custom networks", "in the paper": "Figure 3"},
        ),
        pdf="<results>/figures/tsne_custom.pdf",
    log:
        "<logs>/figures/tsne_custom.log",
    conda:
        "../envs/analysis.yaml"
    params:
        seed=config["seed"],
        code=digest("figures/tsne", "figures/style", "predictions"),
    script:
        "../scripts/plot_tsne_custom.py"


rule plot_tsne_published:
    """Figure 5: the published networks as seen by a classifier that never saw them, and by one that did."""
    input:
        networks="<results>/networks.csv",
        custom=predictions("custom_attribution", "published")[0],
        published=predictions("published_attribution", "published")[0],
    output:
        png=report(
            "<results>/figures/tsne_published.png",
            caption="../report/tsne_published.rst",
            category="Figures",
            labels={"figure": "published networks", "in the paper": "Figure 5"},
        ),
        pdf="<results>/figures/tsne_published.pdf",
    log:
        "<logs>/figures/tsne_published.log",
    conda:
        "../envs/analysis.yaml"
    params:
        seed=config["seed"],
        code=digest("figures/tsne", "figures/style", "predictions"),
    script:
        "../scripts/plot_tsne_published.py"
