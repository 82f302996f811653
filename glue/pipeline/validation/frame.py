"""The check of every record, on the executors."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import types as spark
from pyspark.sql.pandas.types import to_arrow_schema

from pipeline.contract.model import Column, Contract
from pipeline.validation.batch_check import BatchCheck
from pipeline.validation.pieces import in_pieces, whole
from pipeline.validation.record_check import RecordCheck

SOURCE_LINE = "_source_line"
RECORD_KEY = "_record_key"
REPAIRS = "_repairs"
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
    """Return the columns of checked records: the job's own, then the contract's."""
    text = spark.StringType()
    fields = [
        (SOURCE_LINE, spark.LongType()),
        (RAW, text),
        (REASON, text),
        (DETAIL, text),
        (RECORD_KEY, text),
        (REPAIRS, text),
    ]
    fields += [(column.name, column_type(column)) for column in contract.columns]
    return spark.StructType([spark.StructField(name, type_, True) for name, type_ in fields])


def parse(records: DataFrame, contract: Contract, check: RecordCheck) -> DataFrame:
    """Check records.

    Rows of ``schema``: a row has ``_reason`` and ``_detail``, or ``_record_key`` and typed values.

    ``records`` has the fields of ``reading``'s ``RawRecord``. ``_raw`` has no cells of ``pii`` columns.
    """
    output = schema(contract)
    arrow = to_arrow_schema(output)

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        batch_check = BatchCheck(check, arrow)
        for batch in whole(batches):
            yield from batch_check.rows(batch)

    return in_pieces(records).mapInArrow(run, output)
