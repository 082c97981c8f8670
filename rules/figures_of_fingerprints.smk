"""Figures of what the fingerprint of a network is: spectra, residuals, confusions and distances of all networks."""


rule plot_network_spectra:
    """Mean log-spectrum of every network, as difference from that of the photos."""
    input:
        measured="<results>/fingerprints/measured.h5",
        networks="<results>/networks.csv",
    output:
        png=report_item("<results>/figures/network_spectra.png"),
        pdf="<results>/figures/network_spectra.pdf",
    log:
        "<logs>/figures/network_spectra.log",
    conda:
        "../envs/analysis.yaml"
    params:
        published_are=PUBLISHED_ARE,
        code=digest("plot_network_spectra"),
    script:
        "../scripts/plot_network_spectra.py"


rule plot_network_residuals:
    """Mean noise residual of every network, and of the photos."""
    input:
        measured="<results>/fingerprints/measured.h5",
        networks="<results>/networks.csv",
    output:
        png=report_item("<results>/figures/network_residuals.png"),
        pdf="<results>/figures/network_residuals.pdf",
    log:
        "<logs>/figures/network_residuals.log",
    conda:
        "../envs/analysis.yaml"
    params:
        published_are=PUBLISHED_ARE,
        code=digest("plot_network_residuals"),
    script:
        "../scripts/plot_network_residuals.py"


rule plot_confusion:
    """Confusion matrix of attribution, with networks in the order of their hyperparameters."""
    input:
        predictions=prediction_files(*LEARNED),
        networks="<results>/networks.csv",
    output:
        png=report_item("<results>/figures/confusion.png"),
        pdf="<results>/figures/confusion.pdf",
        csv="<results>/figures/confusion.csv",
    log:
        "<logs>/figures/confusion.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("plot_confusion"),
    script:
        "../scripts/plot_confusion.py"


rule plot_network_dendrogram:
    """Dendrogram of networks by the distance of their mean features."""
    input:
        predictions=prediction_files(*LEARNED),
        networks="<results>/networks.csv",
    output:
        png=report_item("<results>/figures/network_dendrogram.png"),
        pdf="<results>/figures/network_dendrogram.pdf",
    log:
        "<logs>/figures/network_dendrogram.log",
    conda:
        "../envs/analysis.yaml"
    params:
        code=digest("plot_network_dendrogram"),
    script:
        "../scripts/plot_network_dendrogram.py"
