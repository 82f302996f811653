"""Check a document against the schemas of ``schema``; faults come back with their lines."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import fastjsonschema

from pipeline.contract import modes, schema, silver_table
from pipeline.contract.document import Document, Path
from pipeline.contract.errors import Problem

_SCHEMAS = {
    "contract": schema.CONTRACT,
    "source": schema.SOURCE,
    "column": schema.COLUMN,
    "enrich": schema.ENRICH,
    "operation": modes.OPERATION,
    "silver": silver_table.SCHEMA,
    "rule": schema.RULE,
    "gold": schema.GOLD_TABLE,
    "view": schema.GOLD_VIEW,
}
_COLUMN_NAME = "lower-case letters, digits and underscores, a letter first, at most 63"
_ADVICE = {
    schema.COLUMN_NAME: _COLUMN_NAME,
    silver_table.PARTITION: "a column's name, or date(name) of a timestamp",
    schema.TYPE: "string, integer, decimal(precision,scale), double, boolean, date or timestamp",
}


@cache
def _validator(name: str) -> Callable[[Any], Any]:
    validator: Callable[[Any], Any] = fastjsonschema.compile(_SCHEMAS[name])
    return validator


def check(document: Document) -> list[Problem]:
    """Return every part's first fault.

    The cross-checks may rely on the types only when this list is empty.
    """
    return [
        problem
        for name, path, value in _parts(document.data)
        for problem in _check_part(document, name, path, value)
    ]


def _parts(data: Any) -> Iterator[tuple[str, Path, Any]]:
    yield "contract", (), data
    if not isinstance(data, dict):
        return
    quality = data.get("quality")
    rules = quality.get("rules") if isinstance(quality, dict) else None
    lists: list[tuple[str, Path, Any]] = [
        ("column", ("columns",), data.get("columns")),
        ("rule", ("quality", "rules"), rules),
        ("gold", ("gold",), data.get("gold")),
        ("view", ("views",), data.get("views")),
    ]
    for name, path, items in lists:
        for index, item in enumerate(items if isinstance(items, list) else []):
            yield name, (*path, index), item
    for name in ("source", "enrich", "operation", "silver"):
        if isinstance(data.get(name), dict):
            yield name, (name,), data[name]


def _check_part(document: Document, name: str, path: Path, value: Any) -> Iterator[Problem]:
    try:
        _validator(name)(value)
    except fastjsonschema.JsonSchemaValueException as error:
        inner = tuple(int(part) if part.isdigit() else part for part in error.path[1:])
        yield from _explain(document, (*path, *inner), error)


def _explain(
    document: Document, path: Path, error: fastjsonschema.JsonSchemaValueException
) -> Iterator[Problem]:
    value, rule, definition = error.value, error.rule, error.rule_definition
    if rule == "additionalProperties" and isinstance(value, dict):
        known = sorted((error.definition or {}).get("properties", {}))
        for key in value:
            if key not in known:
                yield document.problem((*path, key), f"is not a field here{_hint(key, known)}")
    elif rule == "required" and isinstance(value, dict):
        missing = [key for key in definition if key not in value]
        yield document.problem(path, f"lacks {', '.join(missing)}: add it")
    elif rule == "pattern" and definition in _ADVICE:
        yield document.problem(path, f"{value!r} must be {_ADVICE[definition]}")
    elif rule == "enum":
        yield document.problem(path, f"{value!r} must be one of {', '.join(map(repr, definition))}")
    elif rule == "type":
        quote = "" if isinstance(value, dict | list) or definition != "string" else _quote(value)
        yield document.problem(path, f"must be {_kinds(definition)}, not {value!r}{quote}")
    else:
        yield document.problem(path, error.message.replace(error.name or "data", "it", 1))


def _hint(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f": did you mean {close[0]}?" if close else f"; there is {', '.join(known)}"


def _kinds(definition: Any) -> str:
    kinds = definition if isinstance(definition, list) else [definition]
    return " or ".join("text" if kind == "string" else str(kind) for kind in kinds)


def _quote(value: Any) -> str:
    """YAML 1.1 reads yes, no, on, off, 12 and 2024-01-01 as other things than text."""
    return "" if value is None else ": put it in quotes"
