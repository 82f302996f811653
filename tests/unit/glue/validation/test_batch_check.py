"""A batch's rows: those that each of its records gives alone, to the letter."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql.pandas.types import to_arrow_schema

from pipeline.reading.splitting import RawRecord
from pipeline.validation.batch_check import BatchCheck
from pipeline.validation.frame import schema
from pipeline.validation.record_check import RecordCheck
from tests.support.record_cases import RAW_FIELDS, contract, header, records


def told(value: Any) -> str:
    """So that -0.0 is not 0.0, and 1.50 not 1.5."""
    return str(value.isoformat()) if hasattr(value, "isoformat") else repr(value)


def by_batch(check: RecordCheck, found: list[RawRecord]) -> list[list[str]]:
    columns = zip(*found, strict=True)
    arrays = [pa.array(column, type_) for column, type_ in zip(columns, RAW_FIELDS.values(), strict=True)]
    batch = pa.RecordBatch.from_arrays(arrays, schema=pa.schema(list(RAW_FIELDS.items())))
    batches = BatchCheck(check, to_arrow_schema(schema(check.contract))).rows(batch)
    rows = [row for one in batches for row in one.to_pylist()]
    return [list(map(told, row.values())) for row in sorted(rows, key=lambda row: row["_source_line"])]


@pytest.mark.parametrize("seed", range(150))
def test_a_batch_gives_what_each_record_gives(seed: int) -> None:
    """Values, key, raw text, repairs, reason and detail; for contracts of all types and options, and cells
    that are plain, odd and hostile.
    """
    draw = random.Random(seed)
    of = contract(draw)
    check = RecordCheck(of, header(draw, of), "s3://b/k")
    found = list(records(draw, of, check.header, 120))
    assert by_batch(check, found) == [list(map(told, check.row(record))) for record in found]
