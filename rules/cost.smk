"""On a dry run (`snakemake -n`): what the study will cost. No rules."""

import atexit
from collections import Counter


@atexit.register  # Snakemake 9.27 calls no handler on a dry run, and knows the jobs only after it has read the rules
def print_cost():
    """Print the estimate below all that a dry run prints; nothing where no job is left, or where planning failed."""
    jobs = Counter(job.rule.name for job in workflow.dag.jobs) if workflow.dryrun else {}
    if jobs:
        print(cost.summary(study(), jobs), file=sys.stderr)
