"""The check of every record, on the executors."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import types as spark

from pipeline.contract.model import Column, Contract
from pipeline.validation.record_check import RecordCheck

SOURCE_LINE = "_source_line"
RECORD_KEY = "_record_key"
RAW = "_raw"
REASON = "_reason"
DETAIL = "_detail"

_TYPES: dict[str, spark.DataType] = {
    "string": spark.StringType(),
    "integer": spark.LongType(),
    "double": spark.DoubleType(),
    "boolean": spark.BooleanType(),
    "date": spark.DateType(),
    "timestamp": spark.TimestampType(),
}


def column_type(column: Column) -> spark.DataType:
    """Return the Spark type of a contract column."""
    if column.type.name == "decimal":
        return spark.DecimalType(column.type.precision, column.type.scale)
    return _TYPES[column.type.name]


def schema(contract: Contract) -> spark.StructType:
    """``_source_line``, ``_raw``, ``_reason``, ``_detail``, ``_record_key``, then the contract's columns."""
    text = spark.StringType()
    fields = [
        (SOURCE_LINE, spark.LongType()),
        (RAW, text),
        (REASON, text),
        (DETAIL, text),
        (RECORD_KEY, text),
    ]
    fields += [(column.name, column_type(column)) for column in contract.columns]
    return spark.StructType([spark.StructField(name, type_, True) for name, type_ in fields])


def parse(records: DataFrame, contract: Contract, check: RecordCheck) -> DataFrame:
    """Check records.

    Rows of ``schema``: a row has ``_reason`` and ``_detail``, or ``_record_key`` and typed values.

    ``_raw`` has no cells of ``pii`` columns. ``records`` has line, raw and flaw, as ``reading.records`` makes
    them.
    """
    output = schema(contract)
    names = output.fieldNames()

    def run(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for batch in batches:
            rows = []
            for line, raw, flaw in zip(batch["line"], batch["raw"], batch["flaw"], strict=True):
                checked = check.check(line, raw, flaw)
                masked = check.masked(raw, checked)
                rows.append((line, masked, checked.reason, checked.detail, checked.key, *checked.values))
            # dtype object: pandas would turn whole numbers with gaps into floats, and bound times to
            # 1677-2262
            yield pd.DataFrame(rows, columns=names, dtype=object)

    return records.select("line", "raw", "flaw").mapInPandas(run, output)
