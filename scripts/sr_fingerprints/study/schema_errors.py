"""Errors of JSON schemas in words: the key, the value found and the values allowed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any

import jsonschema

from sr_fingerprints.runtime.errors import listed

LONGEST_SHOWN = 300
"""Characters of a value in a message; the rest is left out."""


def first_error(validator: Any, value: Any, root: str = "") -> str:
    """The most relevant of the errors that a jsonschema ``validator`` finds in ``value``, in one line; empty if none.

    The line is ``key: found ...; allowed: ...``, with the key's path in ``value``, below the path ``root``.
    """
    error = jsonschema.exceptions.best_match(validator.iter_errors(value))
    return "" if error is None else _in_words(error, root)


def _in_words(error: Any, root: str) -> str:
    if error.parent is not None and error.parent.validator in _ALTERNATIVES:
        error = error.parent
    path = ".".join(map(str, [*([root] if root else []), *error.absolute_path]))
    key = path or "(top level)"
    found = _found(error.instance)
    expected: Any = error.validator_value
    schema: Any = error.schema
    instance: Any = error.instance
    match error.validator:
        case "additionalProperties" if schema["additionalProperties"] is False:
            known = schema.get("properties", {})
            unknown = sorted(set(instance) - set(known), key=str)
            prefix = f"{path}." if path else ""
            return f"{prefix}{unknown[0]}: unknown key; allowed: {listed(known)}"
        case "required":
            missing = [name for name in expected if name not in instance]
            return f"{key}: {missing[0]} is missing; allowed: all of {listed(expected)}"
        case validator if validator in _ALTERNATIVES and all("required" in each for each in expected):
            return f"{key}: {_found_of(expected, instance)}; allowed: {_alternatives(expected)}"
        case "type":
            types = [expected] if isinstance(expected, str) else expected
            keys = f" with {listed(schema['properties'])}" if "properties" in schema else ""
            allowed = f"{listed(types)}{keys}{_number_hint(instance, types)}"
            return f"{key}: {found} ({type(instance).__name__}); allowed: {allowed}"
        case "enum":
            return f"{key}: {found}; allowed: {listed(expected)}"
        case "pattern" if "description" in schema:
            return f"{key}: {found}; allowed: {schema['description']}"
        case validator if validator in _LIMITS:
            allowed = _LIMITS[validator].format(expected)
            return f"{key}: {found}; allowed: {allowed}"
        case _:
            allowed = schema.get("description", "another value") if isinstance(schema, Mapping) else "no such key"
            return f"{key}: {found}; allowed: {allowed}"


_ALTERNATIVES = ("oneOf", "anyOf")
_LIMITS = {
    "minimum": "{} or more",
    "exclusiveMinimum": "more than {}",
    "maximum": "{} or less",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "multiples of {}",
    "minItems": "{} or more values",
    "maxItems": "{} or fewer values",
    "uniqueItems": "each value once",
    "minProperties": "{} or more keys",
    "maxProperties": "{} or fewer keys",
    "minLength": "{} or more characters",
    "maxLength": "{} or fewer characters",
    "pattern": "text of the form {}",
    "const": "{}",
}
"""What the schemas' validators allow, by name."""


def _found(instance: Any) -> str:
    shown = repr(instance)
    if isinstance(instance, int | float):
        return f"found {shown}"
    return (
        f"found {shown}"
        if len(shown) <= LONGEST_SHOWN
        else f"found {shown[:LONGEST_SHOWN]}... ({len(shown):,} characters)"
    )


def _number_hint(value: object, types: Sequence[str]) -> str:
    """What to write for a ``value`` that is not of the ``types`` but looks like a number of them; or nothing."""
    if not isinstance(value, str | float) or not {"integer", "number"} & set(types):
        return ""
    try:
        number = float(value)
    except ValueError:
        return ""
    if not isfinite(number):
        return "; a finite one"
    if number.is_integer():
        return f"; write {int(number)}"
    if "number" in types:  # 1e-4 is text in YAML 1.1, which asks for a point before the exponent
        return f"; write {Decimal(repr(number)):f}"
    return ""


def _found_of(alternatives: Any, instance: Any) -> str:
    """Which of the keys that the ``alternatives`` name are in ``instance``."""
    names = dict.fromkeys(name for each in alternatives for name in each["required"])
    return f"found {' and '.join(name for name in names if name in instance) or f'none of {listed(names)}'}"


def _alternatives(alternatives: Any) -> str:
    return ", or ".join(" and ".join(each["required"]) for each in alternatives)
