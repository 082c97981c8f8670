"""On a dry run (`snakemake -n`): what the study will cost. No rules."""

import atexit
from collections import Counter

rule_alias = workflow.modifier.modify_rulename  # what another workflow calls a rule that it uses of this one


@atexit.register  # Snakemake 9.27 calls no handler on a dry run, and knows the jobs only after it has read the rules
def print_cost():
    """Print the estimate below all that a dry run prints; nothing where no job is left, or where planning failed."""
    jobs = Counter(job.rule.name for job in workflow.dag.jobs) if workflow.dryrun else {}
    if jobs:
        ours = {rule_alias(rule): rule for rule in cost.gigabytes(study())}
        print(cost.summary(study(), {ours.get(rule, rule): count for rule, count in jobs.items()}), file=sys.stderr)
