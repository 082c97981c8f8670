"""The whole archive: a crate by the profiles of Workflow Run RO-Crate, with the files that it describes.

The same results, logs and benchmarks give the same bytes.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rocrate.rocrate import ROCrate

from sr_fingerprints.files.patches import read_patches
from sr_fingerprints.report.archive import entities
from sr_fingerprints.report.archive.contents import CONFIGURATION, PHOTOS, README, WORKFLOW, contents, name_of_result
from sr_fingerprints.report.archive.entities import add, refer
from sr_fingerprints.report.archive.inputs import add_photos, add_weights
from sr_fingerprints.report.archive.jobs import JobRecord, jobs_of, span
from sr_fingerprints.report.archive.sources import Sources
from sr_fingerprints.report.archive.steps import COMPLETED, Steps, add_steps
from sr_fingerprints.report.archive.zipped import content_of, write_zip
from sr_fingerprints.report.items import opening_of, software_versions
from sr_fingerprints.report.publication import check_no_local_path
from sr_fingerprints.report.ran import command
from sr_fingerprints.runtime.progress import progress

METADATA = "ro-crate-metadata.json"
PROFILES = {
    "Process Run Crate": "https://w3id.org/ro/wfrun/process/0.5",
    "Workflow Run Crate": "https://w3id.org/ro/wfrun/workflow/0.5",
    "Provenance Run Crate": "https://w3id.org/ro/wfrun/provenance/0.5",
    "Workflow RO-Crate": "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
}
TERMS = {
    "buildInstructions": "https://codemeta.github.io/terms/buildInstructions",
    "resourceUsage": "https://w3id.org/ro/terms/workflow-run#resourceUsage",
    "sha256": "https://w3id.org/ro/terms/workflow-run#sha256",
}
"""Terms of these profiles that RO-Crate 1.1 lacks."""

WORKFLOW_TYPES = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
CONDA = "https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html"


def archive(sources: Sources, output: Path) -> None:
    """Write a study's results as a zipped RO-Crate.

    Raises `InputError` for a file that is damaged or cannot be read, and where a path of this machine is in a text.
    """
    files = contents(sources)
    metadata = json.dumps(crate_of(sources, files), indent=1, sort_keys=True, ensure_ascii=False)
    check_no_local_path(METADATA, metadata)
    write_zip(output, {METADATA: f"{metadata}\n".encode(), **files})


def crate_of(sources: Sources, files: Mapping[str, bytes | Path]) -> dict[str, Any]:
    """The metadata of a crate of these files, as JSON-LD."""
    known = {rule.name for rule in sources.rules}
    jobs = [job for job in jobs_of(sources.study) if job.rule in known]
    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms = TERMS
    _add_files(crate, sources, files)
    weights, trained = add_weights(crate, sources.networks, read_patches(sources.patches).made)
    photos = add_photos(crate, sources.photo_sets, crate.get(PHOTOS))
    steps = add_steps(crate, sources, jobs, trained)
    inputs = [crate.get(CONFIGURATION), photos, *([weights] if weights else [])]
    _describe_workflow(crate, sources, steps, inputs)
    run = _add_run(crate, sources, steps, inputs, span(jobs))
    _describe_root(crate, sources, [run, *steps.actions, *inputs[1:]], jobs)
    metadata: dict[str, Any] = crate.metadata.generate()
    return metadata | {"@graph": [dict(_single(entity)) for entity in metadata["@graph"]]}


def _single(entity: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Properties with a value in place of a list of one, as RO-Crate 1.1 recommends."""
    for key, value in entity.items():
        yield key, value[0] if isinstance(value, list) and len(value) == 1 else value


def _add_files(crate: ROCrate, sources: Sources, files: Mapping[str, bytes | Path]) -> None:
    items = {name_of_result(item.file.with_suffix(""), sources.results): item for item in sources.items}
    for name, content in progress(files.items(), "digests", len(files)):
        read = content_of(content)
        properties: dict[str, Any] = {
            "name": Path(name).name,
            "encodingFormat": entities.encoding_format(name),
            "contentSize": str(len(read)),
            "sha256": hashlib.sha256(read).hexdigest(),
        }
        if item := items.get(name.removesuffix(Path(name).suffix)):
            properties |= {"name": f"{item.title} ({item.folder[:-1]})", "description": opening_of(item.caption)}
        if name.startswith(f"{WORKFLOW}/envs/"):
            properties["conformsTo"] = refer(add(crate, CONDA, "CreativeWork", name="environment file of conda"))
        if name == f"{WORKFLOW}/Snakefile":
            crate.add_workflow(
                dest_path=name,
                main=True,
                lang="snakemake",
                lang_version=sources.snakemake,
                properties={**properties, "@type": WORKFLOW_TYPES},
            )
        else:
            crate.add_file(dest_path=name, properties=properties)
    for folder, title in (("results/report/", "the report"), (f"{WORKFLOW}/", "the workflow")):
        parts = [{"@id": entity.id} for entity in crate.data_entities if entity.id.startswith(folder)]
        crate.add_dataset(dest_path=folder, properties={"name": title, "description": title, "hasPart": parts})
    crate.get(README)["about"] = {"@id": "./"}


def _describe_workflow(crate: ROCrate, sources: Sources, steps: Steps, inputs: Sequence[Any]) -> None:
    workflow, citation = crate.mainEntity, entities.read_citation(sources.study.root)
    versions = software_versions(sources.predictions)
    profile = add(crate, BIOSCHEMAS, "CreativeWork", name="ComputationalWorkflow profile of Bioschemas")
    properties = {
        "name": citation["title"],
        "description": " ".join(citation["abstract"].split()),
        "version": f"{sources.study.version} ({sources.study.commit})",
        "license": refer(entities.licence(crate, citation["license"])),
        "creator": refer(*entities.authors(crate, citation["authors"])),
        "citation": refer(entities.paper(crate, citation["preferred-citation"])),
        "conformsTo": refer(profile),
        "step": refer(*steps.steps),
        "hasPart": refer(*steps.tools),
        "softwareRequirements": refer(
            *(
                add(
                    crate,
                    f"#package-{entities.slug(name)}",
                    "SoftwareApplication",
                    name=name,
                    softwareVersion=version,
                )
                for name, version in versions.items()
            )
        ),
        "input": refer(*(_parameter(crate, entity) for entity in inputs)),
        "output": refer(*(_parameter(crate, entity) for entity in _outputs(crate))),
    }
    for key, value in properties.items():
        workflow[key] = value


def _outputs(crate: ROCrate) -> list[Any]:
    return [entity for entity in map(crate.get, ("results/findings.rst", "results/report/")) if entity]


def _parameter(crate: ROCrate, entity: Any) -> Any:
    """The parameter of the workflow whose value an entity was."""
    name = Path(entity.id.strip("#/")).stem
    kind = entity.type if isinstance(entity.type, str) else entity.type[0]
    parameter = add(
        crate, f"#parameter-{name}", "FormalParameter", name=name, additionalType=kind, workExample=entity
    )
    entity["exampleOfWork"] = refer(parameter)
    return parameter


def _add_run(crate: ROCrate, sources: Sources, steps: Steps, inputs: Sequence[Any], times: tuple[str, str]) -> Any:
    start, end = times
    run = add(
        crate,
        "#run",
        "CreateAction",
        name=f"run of the study {sources.study.name}",
        description=command(sources.study.configuration_files, sources.study.root),
        instrument=crate.mainEntity,
        object=list(inputs),
        result=[entity for entity in crate.data_entities if entity.id.startswith("results/")],
        startTime=start,
        endTime=end,
        actionStatus=COMPLETED,
    )
    engine = add(
        crate,
        "#snakemake",
        "SoftwareApplication",
        name="Snakemake",
        softwareVersion=sources.snakemake,
        url="https://snakemake.github.io",
    )
    add(
        crate,
        "#engine-run",
        "OrganizeAction",
        name="Snakemake runs the workflow",
        instrument=engine,
        object=list(steps.controls),
        result=run,
        startTime=start,
        endTime=end,
        actionStatus=COMPLETED,
    )
    return run


def _describe_root(crate: ROCrate, sources: Sources, mentioned: Sequence[Any], jobs: list[JobRecord]) -> None:
    citation = entities.read_citation(sources.study.root)
    counts = [
        f"{sum(row['origin'] == origin for row in sources.networks)} {words}"
        for origin, words in (("custom", "networks trained for it"), ("published", "trained by others"))
    ]
    properties = {
        "name": f"Results of the study {sources.study.name} by {citation['title']} {sources.study.version}",
        "description": (
            f"Tables, figures, findings and report of the study {sources.study.name} of {' and '.join(counts)}, "
            f"with its configuration, the workflow that made them and a record of {len(jobs)} jobs. "
            "Photos, weights and images of networks are referred to, and not in it."
        ),
        "datePublished": _date(sources, jobs),
        "license": refer(entities.licence(crate, citation["license"])),
        "author": refer(*entities.authors(crate, citation["authors"])),
        "citation": refer(entities.paper(crate, citation["preferred-citation"])),
        "keywords": citation["keywords"],
        "mentions": refer(*mentioned),
        "conformsTo": refer(
            *(
                add(crate, address, "CreativeWork", name=name, version=address.rsplit("/", 1)[1])
                for name, address in PROFILES.items()
            )
        ),
    }
    for key, value in properties.items():
        crate.root_dataset[key] = value


def _date(sources: Sources, jobs: list[JobRecord]) -> str:
    """Day of the last job, or else of the newest table or figure."""
    if end := span(jobs)[1]:
        return end[:10]
    newest = max(item.file.stat().st_mtime for item in sources.items)
    return datetime.fromtimestamp(newest, UTC).date().isoformat()
