"""Photographs by name, from the rows of resources/photographs.yaml to folders that all studies share."""


def photographs_to_fetch():
    """Photographs that this run fetches, known when its jobs are planned."""
    planned = {
        job.wildcards.photographs
        for job in workflow.dag.jobs
        if job.rule.name == rule_alias("fetch_photographs") and workflow.dag.needrun(job)
    }
    return [row for name, row in PHOTOGRAPHS.items() if name in planned]


def tell_downloads():
    """Say on the screen, before any job, what is downloaded, how large it is and under which licence."""
    if fetched := photographs_to_fetch():
        print(f"To download: {cost.to_download(fetched)}.", file=sys.stderr)


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
        downloads=config["downloads"],
        resources=str(ROOT / "resources"),
        code=digest("fetch_photographs"),
    script:
        "../scripts/fetch_photographs.py"
