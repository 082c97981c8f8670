"""On a dry run (`snakemake -n`): what the study will cost. No rules."""

import atexit
from collections import Counter


def tell_cost():
    """Print the estimate after all else that a dry run prints; whether it is one is not known while rules are read."""
    if workflow.dryrun:
        print(cost.summary(study(), Counter(job.rule.name for job in workflow.dag.jobs)), file=sys.stderr)


atexit.register(tell_cost)
