"""Checks of ``attacks``: chains that leave pixels where they are, and gradients of what has some."""

from collections.abc import Iterator, Mapping
from typing import Any

from sr_fingerprints.study import tabulated
from sr_fingerprints.study.checks.degradations import LOSSLESS, operation_problems
from sr_fingerprints.study.experiments import experiment_table


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    for index, chain in enumerate(config["attacks"]["laundering"]["chains"]):
        for number, operation in enumerate(chain):
            key = f"attacks.laundering.chains.{index}.{number}"
            if moving := next((name for name in operation if name in LOSSLESS), None):
                yield (
                    f"{key}: found {moving}, which moves pixels, so that the network's own image has others in their "
                    f"place; allowed: operations other than {', '.join(LOSSLESS)}"
                )
            yield from operation_problems(key, operation)


def gradient_problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield, like `problems`, that gradients are to be followed of a backbone without any; experiments are right."""
    levels, rows = config["attacks"]["gradient"]["levels"], experiment_table(config["experiments"])
    custom, published = (tabulated.attribution(rows, origin, origin) for origin in ("custom", "published"))
    for name in custom or published:
        backbone = rows[name].classifier.get("backbone", config["classifiers"]["backbone"])
        if levels and backbone.startswith("statistics"):
            allowed = f"allowed with {name}, whose backbone {backbone} counts, and so has no gradient: []"
            yield f"attacks.gradient.levels: found {levels}; {allowed}"
