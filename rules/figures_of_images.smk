"""Figures 1 and 2, and Table 8 as a figure: from images and measured quality to PDF and PNG; and patches of all."""

from sr_fingerprints.figures.selection import networks_in_overview, networks_in_patches


rule plot_overview:
    """Figure 1: diagram of the study, from photos via networks and their images to classifiers and PRNU."""
    input:
        networks="<results>/networks.csv",
        photos="<results>/photos.h5",
        low_resolution=[f"<results>/photos-x{scale}.h5" for scale in SCALES],
        images=[f"<results>/sr/{name}.h5" for name in networks_in_overview(NETWORKS, EXPERIMENTS)],
    output:
        png=report_item("<results>/figures/overview.png"),
        pdf="<results>/figures/overview.pdf",
    log:
        "<logs>/figures/overview.log",
    conda:
        "../envs/analysis.yaml"
    params:
        experiments=config["experiments"],
        photo=config["figures"]["photo"],
        side=config["figures"]["patch"],
        published_are=PUBLISHED_ARE,
        code=digest("plot_overview"),
    script:
        "../scripts/plot_overview.py"


rule plot_patches:
    """Figure 2: one patch of a test photo, super-resolved by many networks."""
    input:
        networks="<results>/networks.csv",
        photos="<results>/photos.h5",
        low_resolution=[f"<results>/photos-x{scale}.h5" for scale in SCALES],
        images=[f"<results>/sr/{name}.h5" for name in networks_in_patches(NETWORKS)],
    output:
        png=report_item("<results>/figures/patches.png"),
        pdf="<results>/figures/patches.pdf",
    log:
        "<logs>/figures/patches.log",
    conda:
        "../envs/analysis.yaml"
    params:
        photo=config["figures"]["photo"],
        side=config["figures"]["patch"],
        published_are=PUBLISHED_ARE,
        code=digest("plot_patches"),
    script:
        "../scripts/plot_patches.py"


rule cut_patches:
    """The patch of Figure 2 and one of two other photos by every network, for the report: small, where images are not."""
    input:
        photos="<results>/photos.h5",
        low_resolution=[f"<results>/photos-x{scale}.h5" for scale in SCALES],
        images=[f"<results>/sr/{row.network}.h5" for row in STUDIED],
    output:
        patches="<results>/patches.h5",
    log:
        "<logs>/patches.log",
    conda:
        "../envs/analysis.yaml"
    params:
        photo=config["figures"]["photo"],
        side=config["figures"]["patch"],
        code=digest("cut_patches"),
    script:
        "../scripts/cut_patches.py"


rule plot_quality:
    """Table 8 as a figure: image quality of every network, beside bicubic interpolation."""
    input:
        table="<results>/tables/quality.csv",
    output:
        png=report_item("<results>/figures/quality.png"),
        pdf="<results>/figures/quality.pdf",
    log:
        "<logs>/figures/quality.log",
    conda:
        "../envs/analysis.yaml"
    params:
        published_are=PUBLISHED_ARE,
        code=digest("plot_quality"),
    script:
        "../scripts/plot_quality.py"
