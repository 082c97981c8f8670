"""Networks derived from those of a study: the rows of ``networks.derived``, and how far each is from its parent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sr_fingerprints.networks.training.configured import settings_of
from sr_fingerprints.runtime.errors import InputError, listed
from sr_fingerprints.study.network_row import NetworkRow

KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "finetune": ("iterations", ("dataset", "learning_rate")),
    "checkpoint": ("share", ()),
    "quantise": ("", ("mode",)),
    "prune": ("share", ()),
    "half": ("precision", ()),
    "average": ("", ("with",)),
}
"""Ways to derive a network; for each the column with a list of amounts, if any, and the other columns of its rows.

The ``amount`` of a derived network is the number of further iterations, the share of its parent's training, the bits
of its weights (quantise, half), the share of its weights that are zero, or the other network's share of the average.
"""

REQUIRED = ("iterations", "dataset", "share", "precision", "with")
BITS = {"float32": 32, "float16": 16, "bfloat16": 16}
LINEAR = ("SwinIR",)
"""Architectures that the study trains and that have linear layers, which dynamic quantisation is for."""

FINETUNING_RATE = 0.1
"""Learning rate of further training as a share of that of the training, if a row does not say."""

Row = Mapping[str, Any]


def derived_networks(entries: Sequence[Row], rows: Sequence[NetworkRow]) -> list[NetworkRow]:
    """Rows of the networks that ``entries``, the configuration's ``networks.derived``, derive from those of ``rows``.

    A row has its parent's hyperparameters, and says how it was derived (``parent``, ``by``, ``amount``, ``how``).
    ``run`` has what loading it takes: the parent's row, and how it was derived. Raises `InputError` for an entry
    whose columns do not belong together, and for networks that cannot be derived in its way.
    """
    known = {row.network: row for row in rows if row.origin in ("custom", "published")}
    found: list[NetworkRow] = []
    for index, entry in enumerate(entries):
        key, earlier = f"configuration: networks.derived.{index}", [*found]
        for problem in _column_problems(entry):
            raise InputError(f"{key}.{problem}")
        for name in entry["of"]:
            if name not in known:
                raise InputError(f"{key}.of: found {name!r}; allowed: custom or published networks of this study")
            for problem in _parent_problems(entry, known[name], known):
                raise InputError(f"{key}.{problem}")
            for row in _rows(entry, known[name]):
                if any((row.parent, row.by, row.how) == (other.parent, other.by, other.how) for other in earlier):
                    raise InputError(f"{key}.of: found {name!r} by {row.by!r} twice; allowed: one row, with a list")
                found.append(row)
    return found


def finetuning_datasets(entries: Sequence[Row]) -> list[str]:
    """Names of the data sets that networks are trained on further."""
    return list(dict.fromkeys(entry["dataset"] for entry in entries if "dataset" in entry))


def further_trainings(config: Mapping[str, Any], rows: Mapping[str, NetworkRow]) -> list[dict[str, Any]]:
    """Each training that makes the fine-tuned networks of one parent and data set, as ``rows`` has the networks.

    A training has the ``row`` of its parent under a name of its own, from which its random numbers follow; the names
    of ``parent`` and ``dataset``; the ``iterations`` of each derived network, by name; and the settings of its
    ``architecture`` and of the training (``settings``). These are those of the parent's training, except that the
    learning rate is constant (`FINETUNING_RATE` times that of the training, or the row's) and weights are not
    averaged: the state after n iterations of a longer training is that of a training of n iterations.
    """
    found = []
    for entry in config["networks"]["derived"]:
        for name in entry["of"] if entry["by"] == "finetune" else ():
            settings = settings_of(config["training"], rows[name])
            rate = entry.get("learning_rate", FINETUNING_RATE * settings["learning_rate"])
            settings |= {"iterations": max(entry["iterations"]), "learning_rate": rate, "schedule": "constant"}
            settings |= {"ema": 0, "discriminator_learning_rate": rate}
            training = f"{name}-finetune-{entry['dataset']}"
            found.append(
                {
                    "row": replace(rows[name], network=training).as_dict(),
                    "parent": name,
                    "dataset": entry["dataset"],
                    "iterations": {f"{training}-{count}": count for count in entry["iterations"]},
                    "architecture": config["networks"]["settings"][rows[name].architecture],
                    "settings": settings,
                }
            )
    return found


def data_of(training: Mapping[str, Any]) -> tuple[str, str]:
    """Names of the files of images that one of the `further_trainings` learns from, high- and low-resolution."""
    return training["dataset"], f"{training['dataset']}-x{training['row']['scale']}"


def checkpoint_iterations(training: Mapping[str, Any], row: NetworkRow, shares: Sequence[float]) -> list[int]:
    """Iterations after which these shares of a network's training are done, at least one."""
    iterations = settings_of(training, row)["iterations"]
    return [max(1, round(share * iterations)) for share in shares]


def files_by_network(names: Sequence[str], files: Sequence[str]) -> dict[str, list[str]]:
    """Group ``files`` of weights by network; ``names`` has the network of each file."""
    grouped: dict[str, list[str]] = {}
    for name, file in zip(names, files, strict=True):
        grouped.setdefault(name, []).append(file)
    return grouped


def percent(share: float) -> str:
    """A share as in the names of networks: 0.125 as ``12.5``."""
    return f"{100 * share:g}"


def _column_problems(entry: Row) -> Iterator[str]:
    """Columns that an entry lacks, and columns that its kind does not have."""
    by = entry["by"]
    amount, others = KINDS[by]
    own = [column for column in (amount, *others) if column]
    for column in own:
        if column in REQUIRED and column not in entry:
            yield f"{column}: missing; allowed: a value, since networks are derived by {by}"
    for column in entry.keys() - {"of", "by", *own}:
        yield f"{column}: found {entry[column]!r} with by {by!r}; allowed: {listed(own)}"
    if by == "checkpoint" and 0 in entry["share"]:
        yield f"share: found {entry['share']}; allowed with by 'checkpoint': above 0"


def _parent_problems(entry: Row, parent: NetworkRow, known: Mapping[str, NetworkRow]) -> Iterator[str]:
    """Networks that cannot be derived in an entry's way."""
    by, name = entry["by"], parent.network
    if parent.framework == "ncnn":
        yield f"of: found {name!r}, which ncnn runs; allowed: networks that torch runs"
    if by in ("finetune", "checkpoint") and parent.framework != "trained":
        yield f"of: found {name!r} with by {by!r}; allowed: custom networks, which this study trains"
    dynamic = entry.get("mode") == "dynamic"
    if dynamic and parent.framework == "trained" and parent.architecture not in LINEAR:
        found = f"mode: found 'dynamic' for {parent.architecture}, which has no linear layers"
        yield f"{found}; allowed: static, since torch quantises no convolutions dynamically"
    if by == "average":
        other = known.get(entry["with"])
        alike = [
            row.network
            for row in known.values()
            if (row.architecture, row.scale, row.framework) == (parent.architecture, parent.scale, parent.framework)
            and row.network != name
        ]
        if other is None or other.network not in alike:
            allowed = f"another network of the architecture and scale of {name}: {listed(alike) or 'none'}"
            yield f"with: found {entry['with']!r}; allowed: {allowed}"


def _rows(entry: Row, parent: NetworkRow) -> Iterator[NetworkRow]:
    """The derived networks of one entry and one parent, one for each amount."""
    by = entry["by"]
    amounts = entry.get(KINDS[by][0], [None])
    for value in amounts:
        match by:
            case "finetune":
                suffix, amount, how = f"finetune-{entry['dataset']}-{value}", value, entry["dataset"]
            case "checkpoint":
                suffix, amount, how = f"at-{percent(value)}", value, ""
            case "quantise":
                mode = entry.get("mode", "static")
                suffix, amount, how = f"int8-{mode}", 8, mode
            case "prune":
                suffix, amount, how = f"pruned-{percent(value)}", value, ""
            case "half":
                suffix, amount, how = value, BITS[value], value
            case _:
                suffix, amount, how = f"mean-{entry['with']}", 0.5, entry["with"]
        yield replace(
            parent,
            network=f"{parent.network}-{suffix}",
            origin="derived",
            framework="derived",
            run={"parent": parent.for_images().as_dict(), "by": by, "how": how, "amount": amount},
            files={},
            licence="",
            source="",
            training_data="",
            notes="",
            parent=parent.network,
            by=by,
            amount=amount,
            how=how,
        )
