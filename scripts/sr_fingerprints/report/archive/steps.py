"""The rules of a workflow as steps, and each of its jobs as an action."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

from rocrate.rocrate import ROCrate

from sr_fingerprints.report.archive.contents import WORKFLOW, name_of_result
from sr_fingerprints.report.archive.entities import add, slug
from sr_fingerprints.report.archive.jobs import JobRecord
from sr_fingerprints.report.archive.sources import Rule, Sources

TRAINING = "scripts/train_network.py"
COMPLETED = "http://schema.org/CompletedActionStatus"
BENCHMARKS = "https://snakemake.readthedocs.io/en/stable/snakefiles/rules.html#benchmark-rules"
UNITS = {"s": "https://qudt.org/vocab/unit/SEC", "max_rss": "https://qudt.org/vocab/unit/MebiBYTE"}


@dataclass(frozen=True)
class Steps:
    """Entities of a crate, in the order of the rules and of the jobs."""

    steps: Sequence[Any]
    tools: Sequence[Any]
    actions: Sequence[Any]
    controls: Sequence[Any]


def add_steps(crate: ROCrate, sources: Sources, jobs: Sequence[JobRecord], trained: Mapping[str, Any]) -> Steps:
    """Add every rule that ran, with its script and environment, and every job, with what it made of this archive.

    ``trained`` are the networks that the study trained, by name.
    """
    ran = {job.rule for job in jobs}
    rules = [rule for rule in sources.rules if rule.name in ran]
    tools = {rule.name: _tool(crate, rule, sources) for rule in rules}
    steps = {
        rule.name: _step(crate, rule, tools[rule.name], position) for position, rule in enumerate(rules, start=1)
    }
    by_name = {rule.name: rule for rule in rules}
    actions, controls = [], []
    for job in jobs:
        made = [_result(crate, pattern, job, sources.results) for pattern in by_name[job.rule].outputs]
        network = trained.get(job.wildcards.get("network", "")) if by_name[job.rule].script == TRAINING else None
        action = _action(crate, job, tools[job.rule], [entity for entity in (*made, network) if entity])
        actions.append(action)
        controls.append(
            add(
                crate,
                action.id.replace("#job-", "#control-", 1),
                "ControlAction",
                name=f"Snakemake starts {action['name']}",
                instrument=steps[job.rule],
                object=action,
                actionStatus=COMPLETED,
            )
        )
    return Steps(list(steps.values()), list(tools.values()), actions, controls)


def _tool(crate: ROCrate, rule: Rule, sources: Sources) -> Any:
    return add(
        crate,
        f"#tool-{rule.name}",
        "SoftwareApplication",
        name=rule.script,
        description=rule.description,
        softwareVersion=f"{sources.study.version} ({sources.study.commit})",
        softwareRequirements=_file(crate, rule.environment),
        mainEntity=_file(crate, rule.script),
    )


def _step(crate: ROCrate, rule: Rule, tool: Any, position: int) -> Any:
    return add(
        crate,
        f"#step-{rule.name}",
        "HowToStep",
        name=rule.name,
        description=rule.description,
        position=str(position),
        workExample=tool,
        buildInstructions=_file(crate, rule.environment),
    )


def _file(crate: ROCrate, path: str) -> Any:
    """The file of the workflow in the crate; an empty text if it has none."""
    return (crate.get(f"{WORKFLOW}/{path}") if path else None) or ""


def _action(crate: ROCrate, job: JobRecord, tool: Any, made: Sequence[Any]) -> Any:
    name = " ".join([job.rule, *job.wildcards.values()])
    of = ", ".join(f"{key} {value}" for key, value in job.wildcards.items())
    identifier = f"#job-{slug(name)}"
    usage = [
        add(
            crate,
            f"{identifier}-{measure}",
            "PropertyValue",
            name=measure,
            propertyID=BENCHMARKS,
            unitCode=UNITS[measure],
            value=f"{value:.2f}",
        )
        for measure, value in (("s", job.seconds), ("max_rss", job.mebibytes))
        if not isnan(value)
    ]
    return add(
        crate,
        identifier,
        "CreateAction",
        name=name,
        description=f"A job of the rule {job.rule}"
        + f" of {of}" * bool(of)
        + f", on {job.ran_on}" * bool(job.ran_on),
        instrument=tool,
        result=list(made),
        startTime=job.start,
        endTime=job.end,
        actionStatus=COMPLETED,
        resourceUsage=usage,
    )


def _result(crate: ROCrate, pattern: str, job: JobRecord, results: Path) -> Any:
    """What a job made, if it is in the crate: a file, or the folder of the report."""
    path = Path(re.sub(r"\{(\w+)\}", lambda found: job.wildcards.get(found[1], found[0]), pattern))
    if not path.is_relative_to(results):
        return None
    name = name_of_result(path, results)
    return crate.get(name) or crate.get(f"{name}/")
