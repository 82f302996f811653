"""What no JSON Schema can say: names that must exist, types that must fit, SQL that must be a SELECT."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import fastjsonschema

from pipeline import reasons
from pipeline.contract import dialect, modes, schema, silver_table
from pipeline.contract.document import Document, Path
from pipeline.contract.errors import Problem

_ORDERED = ("integer", "decimal", "double", "date", "timestamp")
_ONLY_FOR: Mapping[str, tuple[str, ...]] = {
    "formats": ("date", "timestamp"),
    "timezone": ("timestamp",),
    "min": _ORDERED,
    "max": _ORDERED,
    "min_length": ("string",),
    "max_length": ("string",),
    "pattern": ("string",),
    "enum": ("string",),
    "true_values": ("boolean",),
    "false_values": ("boolean",),
    **dialect.ONLY_FOR,
}
_MAX_PRECISION = 38
_MAX_IDENTIFIER = 63  # bytes


def check(document: Document) -> list[Problem]:
    """Return every fault of a document whose shape is right."""
    data = document.data
    return [
        *_columns(document, data["columns"]),
        *dialect.check(document, data),
        *_references(document, data),
        *modes.check(document),
        *silver_table.check(document),
        *_enrich(document, data),
        *_quality(document, data.get("quality", {}).get("rules", [])),
        *_gold(document, data.get("gold", [])),
        *_views(document, data.get("views", []), data.get("gold", [])),
        *_timezone(document, ("source", "timezone"), data.get("source", {}).get("timezone")),
    ]


def headers(column: Mapping[str, Any]) -> list[str]:
    """Return the header names that mean ``column``."""
    named = column.get("header", column["name"])
    return [named] if isinstance(named, str) else list(named)


def _columns(document: Document, columns: list[dict[str, Any]]) -> Iterator[Problem]:
    yield from _twice(document, ("columns",), [column["name"] for column in columns])
    seen: dict[str, str] = {}
    for index, column in enumerate(columns):
        path: Path = ("columns", index)
        kind = column["type"].partition("(")[0]
        for header in headers(column):
            if header in seen:
                yield document.problem((*path, "header"), f"{header!r} already means column {seen[header]}")
            seen[header] = column["name"]
        for field, kinds in _ONLY_FOR.items():
            if field in column and kind not in kinds:
                yield document.problem((*path, field), f"is for {', '.join(kinds)}; the column is a {kind}")
        yield from _decimal(document, path, column["type"])
        yield from _regex(document, (*path, "pattern"), column.get("pattern"))
        yield from _timezone(document, (*path, "timezone"), column.get("timezone"))
        if column.get("min_length", 0) > column.get("max_length", float("inf")):
            yield document.problem((*path, "min_length"), "is more than max_length")
        for position, format_ in enumerate(column.get("formats", [])):
            if "%" not in format_:
                yield document.problem(
                    (*path, "formats", position), f"{format_!r} is no strptime format: write e.g. %Y/%m/%d"
                )


def _decimal(document: Document, path: Path, type_: str) -> Iterator[Problem]:
    if type_.startswith("decimal"):
        precision, scale = (int(number) for number in re.findall(r"\d+", type_))
        if not 1 <= precision <= _MAX_PRECISION or scale > precision:
            message = f"{type_}: precision must be 1 to {_MAX_PRECISION}, scale at most the precision"
            yield document.problem((*path, "type"), message)


def _references(document: Document, data: Mapping[str, Any]) -> Iterator[Problem]:
    columns = {column["name"]: (index, column) for index, column in enumerate(data["columns"])}
    key = data["record_key"]
    for field, names in (
        ("record_key", key if isinstance(key, list) else []),
        ("free_text", data.get("free_text", [])),
    ):
        for position, name in enumerate(names):
            if name not in columns:
                yield document.problem((field, position), f"there is no column {name!r}")
    for position, name in enumerate(data.get("free_text", [])):
        if name in columns and columns[name][1]["type"] != "string":
            yield document.problem(("free_text", position), f"column {name} must be a string")
        if name in columns and columns[name][1].get("pii"):
            message = f"column {name} is pii, which is kept out of prompts: drop one of the two"
            yield document.problem(("free_text", position), message)
    for name in key if isinstance(key, list) else []:
        if name in columns and not columns[name][1].get("required"):
            message = f"column {name} is part of record_key and must say required: true"
            yield document.problem(("columns", columns[name][0]), message)


def _enrich(document: Document, data: Mapping[str, Any]) -> Iterator[Problem]:
    enrich = data.get("enrich")
    if enrich is None:
        return
    if not data.get("free_text"):
        yield document.problem(("enrich",), "needs free_text: name the columns whose text the model reads")
    path: Path = ("enrich", "answer", "properties")
    columns = {column["name"] for column in data["columns"]}
    properties: dict[str, Any] = enrich["answer"]["properties"]
    for name, property_ in properties.items():
        if not re.match(schema.COLUMN_NAME, name):
            yield document.problem((*path, name), "must be lower-case letters, digits and underscores")
        if name in columns or name in ("id", "records"):
            yield document.problem((*path, name), "is taken: give the property another name")
        if "type" not in property_:
            yield document.problem((*path, name), "lacks type: add it, e.g. type: string")
        yield from _json_schema(document, (*path, name), property_)
    required = enrich["answer"].get("required", list(properties))
    if sorted(required) != sorted(properties):
        message = "must list every property or be left out; what may be absent has type: [string, 'null']"
        yield document.problem(("enrich", "answer", "required"), message)


def _json_schema(document: Document, path: Path, property_: dict[str, Any]) -> Iterator[Problem]:
    kinds = property_.get("type")
    for position, label in enumerate(property_.get("enum") or []):
        if kinds == "string" and not isinstance(label, str):
            yield document.problem((*path, "enum", position), f"{label!r} must be text: put it in quotes")
    try:
        json.dumps(property_)
        fastjsonschema.compile(property_)
    except (fastjsonschema.JsonSchemaDefinitionException, TypeError, re.error) as error:
        yield document.problem(path, f"is no valid JSON Schema: {' '.join(str(error).split())}")


def _quality(document: Document, rules: list[dict[str, Any]]) -> Iterator[Problem]:
    yield from _twice(document, ("quality", "rules"), [rule["name"] for rule in rules])
    for index, rule in enumerate(rules):
        if rule["name"] in reasons.ALL:
            yield document.problem(
                ("quality", "rules", index, "name"), "is a reason of the job: choose another"
            )


def _gold(document: Document, tables: list[dict[str, Any]]) -> Iterator[Problem]:
    yield from _twice(document, ("gold",), [table["name"] for table in tables])
    for index, table in enumerate(tables):
        path: Path = ("gold", index)
        yield from _select(document, path, table["sql"], ["silver"], "the view silver")
        for position, column in enumerate(table["key"]):
            if not re.match(schema.COLUMN_NAME, column):
                yield document.problem((*path, "key", position), f"{column!r} must be a column of the SELECT")


def _views(
    document: Document, views: list[dict[str, Any]], tables: list[dict[str, Any]]
) -> Iterator[Problem]:
    names = [table["name"] for table in tables]
    known = ", ".join(names) or "there is none"
    yield from _twice(document, ("views",), [view["name"] for view in views])
    for index, view in enumerate(views):
        path: Path = ("views", index)
        if view["name"] in names:
            message = f"{view['name']!r} is a Gold table, which the view would hide: choose another name"
            yield document.problem((*path, "name"), message)
        yield from _select(document, path, view["sql"], names, f"a Gold table of this contract ({known})")
        for column in view.get("columns", {}):
            if len(column.encode()) > _MAX_IDENTIFIER:
                message = f"is longer than {_MAX_IDENTIFIER} bytes, where PostgreSQL cuts it"
                yield document.problem((*path, "columns", column), message)


def _select(document: Document, path: Path, sql: str, sources: list[str], expected: str) -> Iterator[Problem]:
    words = re.sub(r"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.)*'", " ", sql, flags=re.DOTALL).lower()
    if not re.match(r"\s*(select|with)\b", words) or ";" in words:
        yield document.problem((*path, "sql"), "must be one SELECT, without a semicolon")
    elif not set(sources) & set(re.findall(r"\w+", words)):
        yield document.problem((*path, "sql"), f"must read from {expected}")


def _twice(document: Document, path: Path, names: list[str]) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            last = len(names) - 1 - names[::-1].index(name)
            yield document.problem((*path, last, "name"), f"{name!r} stands {count} times: names must differ")


def _regex(document: Document, path: Path, pattern: str | None) -> Iterator[Problem]:
    try:
        re.compile(pattern or "")
    except re.error as error:
        yield document.problem(path, f"is no regular expression: {error}")


def _timezone(document: Document, path: Path, name: str | None) -> Iterator[Problem]:
    try:
        ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        yield document.problem(path, f"{name!r} is no IANA time zone: write e.g. Asia/Tokyo")
