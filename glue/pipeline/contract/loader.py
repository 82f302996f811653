"""YAML text → Contract."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, cast

from pipeline.contract import checks, limits, shape
from pipeline.contract.document import parse
from pipeline.contract.errors import ContractError, Problem
from pipeline.contract.model import (
    Column,
    ColumnType,
    Contract,
    Enrichment,
    GoldTable,
    GoldView,
    Inference,
    Quality,
    QualityRule,
    RecordKey,
    SourceFormat,
    Text,
    TypeName,
)

_DATASET_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SILVER_PARTS = ("source", "columns", "record_key", "free_text", "enrich", "quality")


def load_contract(text: str, source: str) -> Contract:
    """Read and check a contract.

    ``source`` is the path or URI the text came from: its last part without ``.yaml`` names the dataset, and
    errors quote it. Raises ContractError with every fault and its line.
    """
    name = PurePosixPath(source.replace("\\", "/")).name.rpartition(".")[0]
    if not _DATASET_NAME.fullmatch(name):
        message = (
            f"{name!r} cannot name a dataset: lower-case letters, digits and underscores, a letter first"
        )
        raise ContractError(source, [Problem(1, "", message)])
    document = parse(text, source)
    problems = shape.check(document) or checks.check(document)
    if problems:
        raise ContractError(source, problems)
    contract = _contract(name, document.data)
    problems = limits.check(document, contract)
    if problems:
        raise ContractError(source, problems)
    return contract


def _contract(name: str, data: Mapping[str, Any]) -> Contract:
    source = SourceFormat(**data.get("source", {}))
    quality = data.get("quality", {})
    return Contract(
        name=name,
        title=_text(data["title"]),
        description=data.get("description", ""),
        source=source,
        columns=tuple(_column(column, source) for column in data["columns"]),
        record_key=_record_key(data["record_key"]),
        free_text=tuple(data.get("free_text", [])),
        enrich=_enrichment(data["enrich"]) if "enrich" in data else None,
        quality=Quality(
            max_quarantined_ratio=float(quality.get("max_quarantined_ratio", 1.0)),
            rules=tuple(QualityRule(**rule) for rule in quality.get("rules", [])),
        ),
        gold=tuple(GoldTable(**_selected(table), key=tuple(table["key"])) for table in data.get("gold", [])),
        views=tuple(GoldView(**_selected(view)) for view in data.get("views", [])),
        digest=_digest(data),
        silver_digest=_digest({part: data.get(part) for part in _SILVER_PARTS}),
    )


def _text(value: str | Mapping[str, str] | None) -> Text:
    if value is None:
        return Text()
    return Text(value, value) if isinstance(value, str) else Text(value["en"], value["ja"])


def _column(data: Mapping[str, Any], source: SourceFormat) -> Column:
    def texts(field: str) -> tuple[str, ...]:
        return tuple(data.get(field, []))

    return Column(
        name=data["name"],
        type=_type(data["type"]),
        headers=tuple(checks.headers(data)),
        title=_text(data.get("title")),
        description=data.get("description", ""),
        required=data.get("required", False),
        unique=data.get("unique", False),
        pii=data.get("pii", False),
        trim=data.get("trim", True),
        formats=texts("formats"),
        timezone=data.get("timezone", source.timezone),
        enum=texts("enum"),
        minimum=_limit(data.get("min")),
        maximum=_limit(data.get("max")),
        min_length=data.get("min_length"),
        max_length=data.get("max_length"),
        pattern=data.get("pattern"),
        nulls=texts("nulls"),
        true_values=texts("true_values"),
        false_values=texts("false_values"),
    )


def _type(text: str) -> ColumnType:
    name, _, arguments = text.partition("(")
    if not arguments:
        return ColumnType(cast(TypeName, name))
    precision, scale = arguments.rstrip(")").split(",")
    return ColumnType("decimal", int(precision), int(scale))


def _limit(value: float | str | None) -> str | None:
    return None if value is None else str(value)


def _record_key(value: str | list[str]) -> RecordKey:
    if isinstance(value, list):
        return RecordKey("columns", tuple(value))
    return RecordKey("content" if value == "content" else "line")


def _enrichment(data: Mapping[str, Any]) -> Enrichment:
    properties = data["answer"]["properties"]
    answer = {
        "type": "object",
        "properties": properties,
        "required": data["answer"].get("required", list(properties)),
        "additionalProperties": False,
    }
    inference = Inference(**data["inference"]) if "inference" in data else None
    return Enrichment(data["instructions"], answer, inference)


def _selected(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a Gold table and a view both have."""
    return {
        "name": data["name"],
        "sql": data["sql"],
        "comment": _text(data.get("comment")),
        "columns": {column: _text(text) for column, text in data.get("columns", {}).items()},
    }


def _digest(data: Any) -> str:
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
