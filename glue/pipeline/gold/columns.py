"""Columns of a Gold table: Spark types as PostgreSQL types, and values as COPY's text format.

The text is made by Spark's own expressions, in the JVM and on the executors: Python sees finished lines.
COPY's text format: https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.2
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import types as spark

from pipeline.gold.errors import GoldTypeError

_SIMPLE = {
    "string": "text",
    "tinyint": "smallint",
    "smallint": "smallint",
    "int": "integer",
    "bigint": "bigint",
    "float": "real",
    "double": "double precision",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp with time zone",
    "binary": "bytea",
}


@dataclass(frozen=True)
class GoldColumn:
    """``pg_type`` in the words of PostgreSQL's ``format_type``, so that it compares with the catalog's."""

    name: str
    pg_type: str
    comment: str | None = None


def pg_type(table: str, column: str, kind: spark.DataType) -> str:
    """Return the column type for a Spark type.

    Raises GoldTypeError for maps, structs and arrays of arrays.
    """
    if isinstance(kind, spark.DecimalType):
        return f"numeric({kind.precision},{kind.scale})"
    if isinstance(kind, spark.ArrayType) and not isinstance(
        kind.elementType, (spark.ArrayType, spark.BinaryType)
    ):
        return f"{pg_type(table, column, kind.elementType)}[]"
    name = kind.simpleString()
    if name not in _SIMPLE:
        raise GoldTypeError(table, column, name)
    return _SIMPLE[name]


# SQL text, because pyspark 3.3 has no function for Spark's replace(); char() needs no escaping in any dialect
_BACKSLASH, _QUOTE, _NUL, _TAB, _LF, _CR = (f"char({code})" for code in (92, 34, 0, 9, 10, 13))


def _replace(value: str, old: str, new: str) -> str:
    return f"replace({value}, {old}, {new})"


def _copy_escaped(value: str) -> str:
    escaped = _replace(value, _BACKSLASH, f"concat({_BACKSLASH}, {_BACKSLASH})")
    for character, letter in ((_TAB, "t"), (_LF, "n"), (_CR, "r")):
        escaped = _replace(escaped, character, f"concat({_BACKSLASH}, '{letter}')")
    # PostgreSQL stores no NUL in text: the replacement character says that something was there
    escaped = _replace(escaped, _NUL, "'\ufffd'")
    # Spark's replace() compares at each byte what contains() passes over: most text has nothing to escape
    odd = (f"contains({value}, {character})" for character in (_BACKSLASH, _TAB, _LF, _CR, _NUL))
    return f"if({' or '.join(odd)}, {escaped}, {value})"


def _array_element(value: str) -> str:
    value = _replace(value, _BACKSLASH, f"concat({_BACKSLASH}, {_BACKSLASH})")
    value = _replace(value, _QUOTE, f"concat({_BACKSLASH}, {_QUOTE})")
    return f"coalesce(concat({_QUOTE}, {value}, {_QUOTE}), 'NULL')"


def _plain(value: str, kind: spark.DataType) -> str:
    """Return SQL for the text of a value, not yet escaped for COPY; null stays null."""
    if isinstance(kind, spark.TimestampType):
        # with the offset, so that neither session's time zone matters and no hour of the year is told twice
        return f"date_format({value}, 'yyyy-MM-dd HH:mm:ss.SSSSSSXXXXX')"
    if isinstance(kind, spark.BinaryType):
        return f"concat({_BACKSLASH}, 'x', hex({value}))"
    if isinstance(kind, spark.ArrayType):
        element = _array_element(_plain("x", kind.elementType))
        return f"concat('{{', array_join(transform({value}, x -> {element}), ','), '}}')"
    return f"cast({value} as string)"


_NEEDS_ESCAPING = (spark.StringType, spark.ArrayType, spark.BinaryType)


def _field(field: spark.StructField) -> str:
    name = "`" + field.name.replace("`", "``") + "`"
    text = _plain(name, field.dataType)
    if isinstance(field.dataType, _NEEDS_ESCAPING):
        text = _copy_escaped(text)
    return f"coalesce({text}, concat({_BACKSLASH}, 'N'))"


def copy_lines(rows: DataFrame) -> DataFrame:
    """``rows`` as one string column ``line``: COPY's text format, the line end included."""
    fields = f", {_TAB}, ".join(_field(field) for field in rows.schema.fields)
    return rows.selectExpr(f"concat({fields}, {_LF}) as line")
