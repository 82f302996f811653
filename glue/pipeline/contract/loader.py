"""YAML text → Contract."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, cast

from pipeline.contract import checks, dialect, limits, modes, shape, silver_table
from pipeline.contract.document import parse
from pipeline.contract.errors import ContractError, Problem
from pipeline.contract.model import (
    Column,
    ColumnType,
    Contract,
    Enrichment,
    EnrichmentLimits,
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
    source = _source(data.get("source", {}))
    quality = data.get("quality", {})
    changes = modes.changes(data)
    return Contract(
        name=name,
        title=_text(data["title"]),
        description=data.get("description", ""),
        source=source,
        columns=tuple(_column(_with_operations(column, changes), source, data) for column in data["columns"]),
        record_key=_record_key(data["record_key"]),
        free_text=tuple(data.get("free_text", [])),
        enrich=_enrichment(data["enrich"]) if "enrich" in data else None,
        quality=Quality(
            max_quarantined_ratio=float(quality.get("max_quarantined_ratio", 1.0)),
            rules=tuple(QualityRule(**rule) for rule in quality.get("rules", [])),
        ),
        gold=tuple(_gold_table(table) for table in data.get("gold", [])),
        views=tuple(GoldView(**_selected(view)) for view in data.get("views", [])),
        digest=_digest(data),
        silver_digest=_digest(_of_silver(data)),
        changes=changes,
        silver=silver_table.silver_table(data.get("silver", {})),
    )


def _of_silver(data: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that came later are there only where a contract has them: the others keep their digest."""
    lasting = {part: data.get(part) for part in _SILVER_PARTS}
    if lasting["enrich"] is not None:  # what it may cost changes no answer
        lasting["enrich"] = {name: value for name, value in lasting["enrich"].items() if name != "limits"}
    return lasting | {field: data[field] for field in modes.FIELDS if field in data}


def _with_operations(column: Mapping[str, Any], changes: modes.Changes) -> Mapping[str, Any]:
    """Let the column of the operation take the operation's values, and no other."""
    if changes.operation is None or changes.operation.column != column["name"]:
        return column
    return {**column, "enum": list(changes.operation.values)}


def _text(value: str | Mapping[str, str] | None) -> Text:
    if value is None:
        return Text()
    return Text(value, value) if isinstance(value, str) else Text(value["en"], value["ja"])


def _source(data: Mapping[str, Any]) -> SourceFormat:
    own = {name: value for name, value in data.items() if name not in dialect.SOURCE_FIELDS}
    return SourceFormat(**own, dialect=dialect.dialect_of(data))


def _column(data: Mapping[str, Any], source: SourceFormat, whole: Mapping[str, Any]) -> Column:
    def texts(field: str) -> tuple[str, ...]:
        return tuple(data.get(field, []))

    numbers = dialect.numbers_of(whole.get("source", {}), data)
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
        normalize=dialect.normalize_of(data, whole["record_key"]),
        position=data.get("position"),
        numbers=numbers,
        midnight_24=data.get("midnight_24", False),
        formats=texts("formats"),
        timezone=data.get("timezone", source.timezone),
        enum=texts("enum"),
        minimum=_limit(data.get("min"), numbers.decimal),
        maximum=_limit(data.get("max"), numbers.decimal),
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


def _limit(value: float | str | None, decimal: str) -> str | None:
    """Write a limit as the file's cells are written."""
    if value is None or isinstance(value, str):
        return value
    return str(value).replace(".", decimal)


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
    return Enrichment(data["instructions"], answer, inference, EnrichmentLimits(**data.get("limits", {})))


def _gold_table(data: Mapping[str, Any]) -> GoldTable:
    return GoldTable(**_selected(data), key=tuple(data["key"]), incremental=data.get("incremental", False))


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
