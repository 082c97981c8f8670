"""Figures 3 to 7: from predictions and tables to PDF and PNG."""


rule plot_tsne_custom:
    """Figure 3: t-SNE of the classifier's features of the custom networks, by scale and loss."""
    input:
        networks="<results>/networks.csv",
        predictions=prediction_files(*CUSTOM_ATTRIBUTION)[:1],
    output:
        png=report_item("<results>/figures/tsne_custom.png"),
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
    """Table 4 as a figure: networks that differ only by their seed, told apart by the classifier and by PRNU."""
    input:
        table="<results>/tables/seed_triplets.csv",
    output:
        png=report_item("<results>/figures/seed_triplets.png"),
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
    """Figure 5: t-SNE of the published networks' features, by a classifier trained on them and one that was not."""
    input:
        networks="<results>/networks.csv",
        custom=prediction_files(*NEVER_SAW)[:1],
        published=prediction_files(*PUBLISHED_ATTRIBUTION)[:1],
    output:
        png=report_item("<results>/figures/tsne_published.png"),
        pdf="<results>/figures/tsne_published.pdf",
    log:
        "<logs>/figures/tsne_published.log",
    conda:
        "../envs/analysis.yaml"
    params:
        seed=config["seed"],
        published_are=PUBLISHED_ARE,
        code=digest("plot_tsne_published"),
    script:
        "../scripts/plot_tsne_published.py"


rule plot_separation:
    """Figure 6: separation of the published networks in the classifiers' features."""
    input:
        networks="<results>/networks.csv",
        custom=prediction_files(*NEVER_SAW),
        published=prediction_files(*PUBLISHED_ATTRIBUTION),
    output:
        png=report_item("<results>/figures/separation.png"),
        pdf="<results>/figures/separation.pdf",
        csv="<results>/figures/separation.csv",
    log:
        "<logs>/figures/separation.log",
    conda:
        "../envs/analysis.yaml"
    params:
        published_are=PUBLISHED_ARE,
        code=digest("plot_separation"),
    script:
        "../scripts/plot_separation.py"


rule plot_published_parsing:
    """Figure 7: predictions of the parsers for the published networks."""
    input:
        **parser_files(),
        networks="<results>/networks.csv",
    output:
        png=report_item("<results>/figures/published_parsing.png"),
        pdf="<results>/figures/published_parsing.pdf",
        csv="<results>/figures/published_parsing.csv",
    log:
        "<logs>/figures/published_parsing.log",
    conda:
        "../envs/analysis.yaml"
    params:
        tasks=list(parser_files()),
        code=digest("plot_published_parsing"),
    script:
        "../scripts/plot_published_parsing.py"
