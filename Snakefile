"""Fingerprints of super-resolution networks: which network made this image?

What happens to the data, in order: photos are prepared, super-resolution networks are trained or fetched, every
photo is super-resolved by every network, classifiers and the PRNU baseline learn from the images which network made
them, and tables and figures say how well. README.md has the commands; config.yaml has every setting.
"""

from snakemake.utils import min_version

min_version("9.27")


configfile: f"{workflow.current_basedir}/config.yaml"


include: "rules/configuration.smk"
include: "rules/study.smk"
include: "rules/inputs.smk"
include: "rules/chosen.smk"
include: "rules/chosen_beyond.smk"
include: "rules/contents_beyond.smk"
include: "rules/contents.smk"
include: "rules/requests.smk"


report: str(Path(RESULTS, "findings.rst").absolute())


include: "rules/photographs.smk"
include: "rules/photos.smk"
include: "rules/low_resolution.smk"
include: "rules/networks.smk"
include: "rules/images.smk"
include: "rules/derivations.smk"
include: "rules/classifiers.smk"
include: "rules/prnu.smk"
include: "rules/tables_of_accuracy.smk"
include: "rules/tables_of_images.smk"
include: "rules/tables_of_controls.smk"
include: "rules/figures_of_images.smk"
include: "rules/figures_of_accuracy.smk"
include: "rules/degradations.smk"
include: "rules/open_set_inputs.smk"
include: "rules/open_set.smk"
include: "rules/derived.smk"
include: "rules/evidence.smk"
include: "rules/tables_of_evidence.smk"
include: "rules/fingerprints.smk"
include: "rules/tables_of_fingerprints.smk"
include: "rules/figures_of_fingerprints.smk"
include: "rules/pipelines.smk"
include: "rules/photo_sources.smk"
include: "rules/attacks.smk"
include: "rules/attribution_inputs.smk"
include: "rules/attribution.smk"
include: "rules/tables_of_attribution.smk"
include: "rules/figures_of_attribution.smk"
include: "rules/report.smk"
include: "rules/archive.smk"
include: "rules/cost.smk"


rule all:
    """The predictions of every experiment, every table and figure, the list of copies of photos, and the report."""
    default_target: True
    input:
        prediction_files(*PREDICTED),
        expand("<results>/tables/{table}.{format}", table=TABLES, format=["csv", "tex"]),
        expand("<results>/figures/{figure}.{format}", figure=FIGURES, format=["pdf", "png"]),
        "<results>/copies.csv",
        "<results>/report",
    localrule: True
