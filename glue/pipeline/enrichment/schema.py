"""The contract's JSON Schema of an answer.

The tool's input schema, the check of an answer, the Spark columns.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import fastjsonschema

from pipeline.enrichment.errors import UnsupportedSchemaError

if TYPE_CHECKING:
    from pyspark.sql import types as spark

Properties = Mapping[str, Mapping[str, Any]]

_SCALARS = {"string": "StringType", "integer": "LongType", "number": "DoubleType", "boolean": "BooleanType"}


def kind_of(schema: Mapping[str, Any]) -> str | None:
    """Return the JSON type of a property, ``null`` aside; None when the schema names several or none."""
    kinds = schema.get("type")
    if isinstance(kinds, list):
        named = [kind for kind in kinds if kind != "null"]
        return named[0] if len(named) == 1 else None
    if (
        kinds is None
        and "enum" in schema
        and all(isinstance(v, str) for v in schema["enum"] if v is not None)
    ):
        return "string"
    return kinds if isinstance(kinds, str) else None


def column_type(name: str, schema: Mapping[str, Any]) -> spark.DataType:
    """Return the Spark type of property ``name``.

    Raises UnsupportedSchemaError for objects and mixed types.
    """
    from pyspark.sql import types as spark  # the commands read the rest of this module, and have no Spark

    kind = kind_of(schema)
    if kind == "array":
        items = schema.get("items")
        if not isinstance(items, Mapping) or kind_of(items) not in _SCALARS:
            raise UnsupportedSchemaError(
                name, "an array needs 'items' of type string, integer, number or boolean"
            )
        return spark.ArrayType(getattr(spark, _SCALARS[str(kind_of(items))])())
    if kind not in _SCALARS:
        allowed = ", ".join([*_SCALARS, "array"])
        raise UnsupportedSchemaError(
            name, f"type {schema.get('type')!r} has no column type; use one of {allowed}"
        )
    scalar: spark.DataType = getattr(spark, _SCALARS[kind])()
    return scalar


def columns(properties: Properties) -> spark.StructType:
    """Return the enrichment columns, nullable, in the contract's order."""
    from pyspark.sql import types as spark

    return spark.StructType([spark.StructField(n, column_type(n, s), True) for n, s in properties.items()])


def tool_schema(answer: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Schema of the tool's input, ``{"records": [{"id": …, …}]}``, from that of one record's answer."""
    identity = {"type": "integer", "description": "The id of the record, as given."}
    record = {
        **answer,
        "properties": {"id": identity, **answer["properties"]},
        "required": ["id", *answer["required"]],
    }
    return {
        "type": "object",
        "properties": {"records": {"type": "array", "items": record}},
        "required": ["records"],
    }


def narrowed(answer: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return the schema of an answer that has only the properties ``names``."""
    return {
        **answer,
        "properties": {name: one for name, one in answer["properties"].items() if name in names},
        "required": [name for name in answer["required"] if name in names],
    }


def compile_check(answer: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Return a function that raises ``fastjsonschema.JsonSchemaException`` for an invalid answer (without
    id).
    """
    check: Callable[[Any], Any] = fastjsonschema.compile(dict(answer), use_default=False)
    return check
