"""Figures, as PDF and PNG: each its own rule."""


rule plot_overview:
    """Figure 1: the study, from photos by way of networks and their images to classifiers and PRNU, counted."""
    input:
        networks="<results>/networks.csv",
        photos="<results>/photos.h5",
        low_resolution=[f"<results>/photos-x{scale}.h5" for scale in SCALES],
        images=[f"<results>/sr/{name}.h5" for name in networks_in_overview(NETWORKS, EXPERIMENTS)],
    output:
        png=shown("<results>/figures/overview.png", "Figure 1"),
        pdf="<results>/figures/overview.pdf",
    log:
        "<logs>/figures/overview.log",
    conda:
        "../envs/analysis.yaml"
    params:
        experiments=config["experiments"],
        photo=config["figures"]["photo"],
        side=config["figures"]["patch"],
        code=digest("plot_overview"),
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
        png=shown("<results>/figures/patches.png", "Figure 2"),
        pdf="<results>/figures/patches.pdf",
    log:
        "<logs>/figures/patches.log",
    conda:
        "../envs/analysis.yaml"
    params:
        photo=config["figures"]["photo"],
        side=config["figures"]["patch"],
        code=digest("plot_patches"),
    script:
        "../scripts/plot_patches.py"


rule plot_tsne_custom:
    """Figure 3: what the classifier sees of the custom networks, by scale and loss."""
    input:
        networks="<results>/networks.csv",
        predictions=predictions("custom_attribution")[0],
    output:
        png=shown("<results>/figures/tsne_custom.png", "Figure 3"),
        pdf="<results>/figures/tsne_custom.pdf",
    log:
        "<logs>/figures/tsne_custom.log",
    conda:
        "../envs/analysis.yaml"
    params:
        seed=config["seed"],
        code=digest("plot_tsne_custom"),
    script:
        "../scripts/plot_tsne_custom.py"


rule plot_seed_triplets:
    """Table 4 as a picture: networks that differ by their seed alone, told apart by the classifier and by PRNU."""
    input:
        table="<results>/tables/seed_triplets.csv",
    output:
        png=shown("<results>/figures/seed_triplets.png", "Table 4"),
        pdf="<results>/figures/seed_triplets.pdf",
    log:
        "<logs>/figures/seed_triplets.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("plot_seed_triplets"),
    script:
        "../scripts/plot_seed_triplets.py"


rule plot_tsne_published:
    """Figure 5: the published networks as seen by a classifier that never saw them, and by one that did."""
    input:
        networks="<results>/networks.csv",
        custom=predictions("custom_attribution")[0],
        published=predictions("published_attribution")[0],
    output:
        png=shown("<results>/figures/tsne_published.png", "Figure 5"),
        pdf="<results>/figures/tsne_published.pdf",
    log:
        "<logs>/figures/tsne_published.log",
    conda:
        "../envs/analysis.yaml"
    params:
        seed=config["seed"],
        code=digest("plot_tsne_published"),
    script:
        "../scripts/plot_tsne_published.py"


rule plot_separation:
    """Figure 6: how far apart the published networks are for the classifiers."""
    input:
        networks="<results>/networks.csv",
        custom=predictions("custom_attribution"),
        published=predictions("published_attribution"),
    output:
        png=shown("<results>/figures/separation.png", "Figure 6"),
        pdf="<results>/figures/separation.pdf",
        csv="<results>/figures/separation.csv",
    log:
        "<logs>/figures/separation.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("plot_separation"),
    script:
        "../scripts/plot_separation.py"


rule plot_published_parsing:
    """Figure 7: what parsers take the published networks for."""
    input:
        **parsers_of_published(),
        networks="<results>/networks.csv",
    output:
        png=shown("<results>/figures/published_parsing.png", "Figure 7"),
        pdf="<results>/figures/published_parsing.pdf",
        csv="<results>/figures/published_parsing.csv",
    log:
        "<logs>/figures/published_parsing.log",
    conda:
        "../envs/analysis.yaml"
    params:
        tasks=list(parsers_of_published()),
        code=digest("plot_published_parsing"),
    script:
        "../scripts/plot_published_parsing.py"


rule plot_quality:
    """Table 8 as a figure: the quality of every network's images beside bicubic interpolation."""
    input:
        table="<results>/tables/quality.csv",
    output:
        png=shown("<results>/figures/quality.png", "Table 8"),
        pdf="<results>/figures/quality.pdf",
    log:
        "<logs>/figures/quality.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("plot_quality"),
    script:
        "../scripts/plot_quality.py"
