"""Small, certain repairs of a model's answer, so that it need not be paid for twice.

Only what has one possible reading is repaired: a label in another case, surrounding blanks, a list or text
that is too long, a whole number written 3.0, a property nobody asked for. Everything else is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.enrichment.schema import kind_of


def _label(value: Any, labels: list[Any]) -> Any:
    if value in labels or not isinstance(value, str):
        return value
    same = [
        label for label in labels if isinstance(label, str) and label.casefold() == value.strip().casefold()
    ]
    return same[0] if len(same) == 1 else value


def _value(value: Any, schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return _label(value, list(schema["enum"]))
    kind = kind_of(schema)
    if kind == "string" and isinstance(value, str):
        text = value.strip()
        longest = schema.get("maxLength")
        return text if longest is None else text[: int(longest)].rstrip()
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind == "array" and isinstance(value, list):
        items = [_value(item, schema.get("items", {})) for item in value]
        if schema.get("uniqueItems"):
            items = [item for position, item in enumerate(items) if item not in items[:position]]
        return items[: int(schema["maxItems"])] if "maxItems" in schema else items
    return value


def repair(answer: Mapping[str, Any], properties: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """``answer`` with the contract's properties only, each repaired where that is certain."""
    return {name: _value(answer[name], schema) for name, schema in properties.items() if name in answer}
