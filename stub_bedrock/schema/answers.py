"""A tool's input from its JSON Schema and the prompt: one item a record, each property by its kind.

Understood: object, array, string, number, integer, boolean, null, enum, const, properties, required,
additionalProperties, items, prefixItems, the bounds, pattern, format, $ref, allOf, anyOf, oneOf. Not
understood, so an answer may break them: not, if/then/else, dependent*, patternProperties, contains.
"""

import math
from typing import Any

from stub_bedrock.budget import Budget
from stub_bedrock.records import Record, find_records
from stub_bedrock.schema import enrichment
from stub_bedrock.schema.bounds import fit_number, fit_string, limits
from stub_bedrock.schema.kinds import Kind, kind_of
from stub_bedrock.schema.resolving import Resolver, Schema
from stub_bedrock.tagged import last_tagged

_DEEPEST = 8  # from here on optional properties are left out, so that a recursive schema ends
_RECORD_ARRAYS = ("records", "items", "results", "answers", "rows", "data", "entries")
_ID_NAMES = ("id", "record_id", "recordId", "index")


class SchemaAnswer:
    """One answer: `value` is the tool's input, `records` how many records it covers.

    :raises SchemaTooComplexError: it would cost more than an answer may.
    """

    def __init__(self, schema: Schema, prompt: str) -> None:
        self._budget = Budget()
        self._resolver = Resolver(schema, self._budget)
        self._found = find_records(prompt)
        self._text = _subject(prompt, self._found)
        self.records = 0
        root = self._object(self._resolver.resolve(schema), None, 0)
        self.value: dict[str, Any] = root

    # ------------------------------------------------------------------------------------------ by type
    def _value(self, schema: object, name: str, record: Record | None, depth: int) -> Any:
        self._budget.node(depth)
        if schema is True or schema == {}:
            return self._string({}, name, record)
        flat = self._resolver.resolve(schema)
        if "const" in flat:
            return flat["const"]
        if flat.get("enum"):
            return self._enum(flat, name, record)
        kind = flat.get("type") or _implied_type(flat)
        if kind == "object":
            return self._object(flat, record, depth)
        if kind == "array":
            return self._array(flat, name, record, depth)
        if kind in ("integer", "number"):
            return self._number(flat, name, record, whole=kind == "integer")
        if kind == "boolean":
            description = str(flat.get("description", ""))
            return enrichment.boolean(kind_of(name), name, description, self._about(record))
        return None if kind == "null" else self._string(flat, name, record)

    def _object(self, schema: Schema, record: Record | None, depth: int) -> dict[str, Any]:
        properties: dict[str, Any] = schema.get("properties") or {}
        required: list[str] = schema.get("required") or []
        wanted = (
            required
            if depth >= _DEEPEST
            else [*properties, *(name for name in required if name not in properties)]
        )
        other = schema.get("additionalProperties", {})
        return {
            name: self._value(
                properties.get(name, other if isinstance(other, dict) else {}), name, record, depth + 1
            )
            for name in wanted
        }

    def _array(self, schema: Schema, name: str, record: Record | None, depth: int) -> list[Any]:
        items = self._resolver.resolve(schema.get("items", {}))
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        if record is None and self._found is not None and _holds_records(name, items):
            chosen = self._found[:most]
            self.records += len(chosen)
            for _ in chosen:
                self._budget.node(depth)
            return [self._object(items, one, depth + 1) for one in chosen]
        if items.get("enum"):
            return self._labels(schema, items, name, record)
        first = [self._value(one, name, record, depth + 1) for one in schema.get("prefixItems", ())]
        if first:
            return first
        item_type = items.get("type") or _implied_type(items)
        if item_type == "string":
            return self._strings(items, record, least, most)
        count = max(least, 1 if item_type in ("object", "array") and depth < _DEEPEST else 0)
        values = [self._value(items, name, record, depth + 1) for _ in range(count)]
        if schema.get("uniqueItems") and item_type in ("integer", "number"):
            return [value + at for at, value in enumerate(values)]
        return values[:most]

    def _string(self, schema: Schema, name: str, record: Record | None) -> str:
        if record is not None and _is_id(name, record):
            return str(record.record_id)
        kind = kind_of(name, str(schema.get("description", "")))
        about = self._about(record)
        return self._fit(enrichment.string(kind, about, schema.get("maxLength")), schema, about)

    def _fit(self, value: str, schema: Schema, about: str) -> str:
        return fit_string(value, schema, about, self._budget)

    def _number(self, schema: Schema, name: str, record: Record | None, *, whole: bool) -> int | float:
        if record is not None and _is_id(name, record) and isinstance(record.record_id, int | float):
            return record.record_id
        kind, about = kind_of(name, str(schema.get("description", ""))), self._about(record)
        share = enrichment.share(kind, about)
        if share is None:
            return fit_number(len(about) if kind is Kind.COUNT else 0, schema, whole)
        low, high = limits(schema, whole)
        if math.isinf(low):
            low = -1 if kind is Kind.SENTIMENT and not whole else 1 if kind is Kind.RATING and whole else 0
        if math.isinf(high):
            high = 5 if whole else 1
        return fit_number(low + share * (high - low), schema, whole)

    # ------------------------------------------------------------------------------------------ by label
    def _enum(self, schema: Schema, name: str, record: Record | None) -> Any:
        values: list[Any] = [value for value in schema["enum"] if value is not None] or schema["enum"]
        if record is not None and _is_id(name, record) and record.record_id in values:
            return record.record_id
        if not all(isinstance(value, str) for value in values):
            return values[0]
        labels, description = tuple(values), str(schema.get("description", ""))
        return enrichment.label(kind_of(name, description, labels), labels, description, self._about(record))

    def _labels(self, schema: Schema, items: Schema, name: str, record: Record | None) -> list[Any]:
        values: list[Any] = items["enum"]
        least, most = schema.get("minItems", 0), schema.get("maxItems", 3)
        if not all(isinstance(value, str) for value in values):
            return values[: max(least, 1)]
        labels = tuple(values)
        description = f"{schema.get('description', '')}\n{items.get('description', '')}"
        about = self._about(record)
        kind = kind_of(name, description, labels)
        if kind in (Kind.SENTIMENT, Kind.LANGUAGE, Kind.URGENCY):
            chosen = [enrichment.label(kind, labels, description, about)]
        else:
            chosen = enrichment.labels_of(labels, description, about, most)
        return list(dict.fromkeys([*chosen, *values]))[: max(least, len(chosen))]

    def _strings(self, items: Schema, record: Record | None, least: int, most: int | None) -> list[str]:
        about = self._about(record)
        found = enrichment.words_of(about, enrichment.MOST_KEYWORDS if most is None else most)
        values = list(dict.fromkeys(self._fit(word, items, about) for word in found))
        while len(values) < least:
            self._budget.node()
            values.append(self._fit(f"keyword {len(values) + 1}", items, about))
        return values

    def _about(self, record: Record | None) -> str:
        return self._text if record is None else record.text


def _subject(prompt: str, records: list[Record] | None) -> str:
    """Find what an answer without records is about: the records' texts, the last tagged part or paragraph."""
    if records is not None:
        return "\n".join(record.text for record in records)
    tagged = last_tagged(prompt)
    return tagged if tagged is not None else prompt.strip().rpartition("\n\n")[2]


def _holds_records(name: str, items: Schema) -> bool:
    properties = items.get("properties") or {}
    is_object = (items.get("type") or _implied_type(items)) == "object"
    return is_object and (any(key in properties for key in _ID_NAMES) or name in _RECORD_ARRAYS)


def _is_id(name: str, record: Record) -> bool:
    return name == record.id_key or name in _ID_NAMES


def _implied_type(schema: Schema) -> str:
    """Return the type that a schema without `type` speaks of."""
    if "properties" in schema or "required" in schema:
        return "object"
    if "items" in schema or "prefixItems" in schema:
        return "array"
    return "number" if "minimum" in schema or "maximum" in schema else "string"
