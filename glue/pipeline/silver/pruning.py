"""Literal conditions that let Delta leave files unread: what rows have in the columns a table is laid out by.

A condition holds for every one of the rows it was made of, so it takes nothing away. It stands in a query or
in MERGE's ON as literals, for Delta chooses files by partition values and by each file's least and greatest
value before it reads any. https://docs.delta.io/2.1.0/optimizations-oss.html#data-skipping
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as f
from pyspark.sql import types as spark

from pipeline.delta import at_least, near, sql_literal

NOTHING, ALL = "false", "true"
_MOST_VALUES = 32
_LONGEST = 1000  # characters of a literal
_LEFT_OUT = ("1582-10-05", "1582-10-14")
_LITERALS: dict[type[spark.DataType], Callable[[Any], str]] = {
    spark.StringType: sql_literal,
    spark.LongType: lambda value: f"{value}L",
    spark.BooleanType: lambda value: str(value).lower(),
    spark.DateType: lambda value: f"DATE '{_iso(value)}'",
    spark.TimestampType: lambda value: f"TIMESTAMP '{value} UTC'",  # the session's time zone is UTC
}


def condition(rows: DataFrame, columns: Sequence[str]) -> str:
    """Return SQL over ``columns`` of a table ``t`` that is true for each of ``rows``; NOTHING where there is
    none.

    Columns of a type without a literal say nothing. One small job: at most 33 rows come to the driver.
    """
    fields = [field for field in rows.schema if field.name in columns and _has_literal(field.dataType)]
    if not fields:
        return NOTHING if rows.isEmpty() else ALL
    # a timestamp as its text: Python's would be in the machine's time zone
    chosen = rows.select(*(_plain(field) for field in fields))
    found = chosen.distinct().limit(_MOST_VALUES + 1).collect()
    if not found:
        return NOTHING
    if len(found) <= _MOST_VALUES:
        said = [_any_of(field, {row[field.name] for row in found}) for field in fields]
    else:
        least = [f.min(field.name).alias(f"least_{field.name}") for field in fields]
        most = [f.max(field.name).alias(f"most_{field.name}") for field in fields]
        absent = [f.max(f.col(field.name).isNull()).alias(f"null_{field.name}") for field in fields]
        ends = chosen.agg(*least, *most, *absent).collect()[0].asDict()
        said = [_between(field, ends) for field in fields]
    return " AND ".join(f"({one})" for one in said if one != ALL) or ALL


def or_null(said: str, columns: Sequence[str]) -> str:
    """Return ``said`` of one row of keys, made to let rows through that are older than a column."""
    if said in (NOTHING, ALL):
        return said
    return " OR ".join([f"({said})", *(f"t.`{name}` IS NULL" for name in columns)])


def _has_literal(type_: spark.DataType) -> bool:
    return isinstance(type_, spark.DecimalType) or type(type_) in _LITERALS


def _plain(field: spark.StructField) -> Any:
    column = f.col(field.name)
    return column.cast("string").alias(field.name) if field.dataType == spark.TimestampType() else column


def _any_of(field: spark.StructField, values: set[Any]) -> str:
    if any(_is_unasked(value) for value in values):
        return ALL
    name = f"t.`{field.name}`"
    # not IN, by which Delta 2.1 leaves out no file
    said = [_is(name, field, value) for value in sorted(values - {None}, key=str)]
    return " OR ".join(said + ([f"{name} IS NULL"] if None in values else []))


def _is(name: str, field: spark.StructField, value: Any) -> str:
    return near(name, value) if _is_text(field) else f"{name} = {_literal(field, value)}"


def _is_text(field: spark.StructField) -> bool:
    return isinstance(field.dataType, spark.StringType)


def _between(field: spark.StructField, ends: dict[str, Any]) -> str:
    name = f"t.`{field.name}`"
    least, most = ends[f"least_{field.name}"], ends[f"most_{field.name}"]
    if least is None or _is_unasked(least) or _is_unasked(most):
        return ALL
    least = at_least(least) if _is_text(field) else least
    said = f"{name} >= {_literal(field, least)} AND {name} <= {_literal(field, most)}"
    return f"({said}) OR {name} IS NULL" if ends[f"null_{field.name}"] else said


def _is_unasked(value: Any) -> bool:
    """Tell whether no literal finds it: it is too long, or a day that the Julian calendar's end left out.

    Spark hands a literal to Parquet as a java.sql.Date, which has no such day.
    """
    text = str(value)
    return len(text) > _LONGEST or _LEFT_OUT[0] <= text[:10] <= _LEFT_OUT[1]


def _literal(field: spark.StructField, value: Any) -> str:
    if isinstance(field.dataType, spark.DecimalType):
        # in the column's digits: Spark gives 1E-38 as 1.0E-38, and refuses that as 39 digits
        return f"{Decimal(value):.{field.dataType.scale}f}BD"
    return _LITERALS[type(field.dataType)](value)


def _iso(value: date) -> str:
    return value.isoformat()
