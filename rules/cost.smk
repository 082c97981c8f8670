"""Print an estimate of the study's cost on a dry run (`snakemake -n`). No rules."""

import atexit
from collections import Counter


@atexit.register  # Snakemake 9.27 calls no handler on a dry run, and plans the jobs only after reading the rules
def print_cost():
    """Print the estimate below the output of a dry run; nothing if no job is left or planning failed."""
    jobs = Counter(job.rule.name for job in workflow.dag.jobs) if workflow.dryrun else {}
    if jobs:
        ours = {rule_alias(rule): rule for rule in cost.gigabytes(study())}
        counts = {ours.get(rule, rule): count for rule, count in jobs.items()}
        here = None if workflow.resource_settings.nodes else workflow.cores  # a cluster's cores are not ours to count
        print(cost.summary(study(), counts, photographs_to_fetch(), here), file=sys.stderr)
