"""On a dry run (`snakemake -n`): what the study will cost. No rules."""

import atexit
from collections import Counter

known_as = workflow.modifier.modify_rulename  # what another workflow calls a rule that it uses of this one


def tell_cost():
    """Print the estimate after all else that a dry run prints; whether it is one is not known while rules are read."""
    if workflow.dryrun:
        jobs = Counter(job.rule.name for job in workflow.dag.jobs)
        ours = {known_as(rule): rule for rule in cost.gigabytes(study())}
        print(cost.summary(study(), {ours.get(rule, rule): jobs[rule] for rule in jobs}), file=sys.stderr)


atexit.register(tell_cost)
