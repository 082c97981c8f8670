"""On a dry run (`snakemake -n`): what the study will cost. No rules."""

import atexit
from collections import Counter

from sr_fingerprints import cost
from sr_fingerprints.cost import operations

HERE = Path.cwd()  # of the run; Snakemake has left it when the estimate is made


def tell_cost():
    """Print the estimate after all else that a dry run prints; whether it is one is not known while rules are read."""
    if not workflow.dryrun:
        return
    study = cost.Study(
        config,
        NETWORKS,
        EXPERIMENTS,
        cost.collection(
            [HERE / file for file in PHOTOS.values()], config["photos"]["longest_side"], config["photos"]["tile"]
        ),
        {name: cost.collection([HERE / file for file in files.values()]) for name, files in DATASETS.items()},
        operations.Operations(ROOT / "resources/operations.tsv"),
    )
    print(cost.summary(study, Counter(job.rule.name for job in workflow.dag.jobs)), file=sys.stderr)


atexit.register(tell_cost)
