"""Photographs by name, from the rows of resources/photographs.yaml to folders that all studies share."""


rule fetch_photographs:
    """Download, verify and unpack photographs; or take them from archives that were put into `downloads` by hand."""
    output:
        photographs=directory(f"{Path(config['downloads'], 'photographs')}/{{photographs}}"),
    log:
        "<logs>/photographs/{photographs}.log",
    wildcard_constraints:
        photographs=any_of(PHOTOGRAPHS),
    priority: 40  # before the photos are prepared
    localrule: True  # a cluster's nodes may not reach the internet
    conda:
        "../envs/images.yaml"
    params:
        photographs=lambda wildcards: vars(PHOTOGRAPHS[wildcards.photographs]),
        downloads=lambda _: config["downloads"],
        resources=of_workflow("resources"),
        code=digest("fetch_photographs"),
    script:
        "../scripts/fetch_photographs.py"
