"""Score images of known and unknown networks."""

from sr_fingerprints.open_set.scored import Settings, score_experiments
from sr_fingerprints.runtime.job import start
from sr_fingerprints.study.experiments import experiment_table

job = start(snakemake)
splits = {split: job.input[split] for split in ("train", "validation", "test")}
score_experiments(
    experiment_table(job.params.experiments),
    networks=job.input.networks,
    classifiers=dict(zip(job.params.names, job.input.classifiers, strict=True)),
    predictions={
        name: {split: files[number] for split, files in splits.items()}
        for number, name in enumerate(job.params.names)
    },
    settings=Settings(**job.params.settings),
    output=job.output.scores,
)
