"""Long records between the JVM and Python: in pieces of a bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.contract.loader import load_contract
from pipeline.reading.frame import SCHEMA
from pipeline.reading.header import Header
from pipeline.validation.frame import parse
from pipeline.validation.pieces import CHARACTERS, in_pieces, whole
from pipeline.validation.record_check import RecordCheck
from tests.support.record_cases import RAW_FIELDS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FIELDS = {**RAW_FIELDS, "more": pa.bool_()}
CONTRACT = """
title: Notes
columns: [{name: id, type: integer, required: true}, {name: note, type: string}]
record_key: [id]
source: {max_cell_characters: 10000000}
"""


def batch(*rows: tuple[int, str, bool]) -> pa.RecordBatch:
    """Of line, piece, and whether another one follows."""
    columns = list(zip(*rows, strict=True))
    arrays = [pa.array(columns[0], pa.int64()), pa.array(columns[1], pa.string())]
    arrays += [pa.nulls(len(rows), type_) for type_ in list(FIELDS.values())[2:5]]
    return pa.RecordBatch.from_arrays([*arrays, pa.array(columns[2])], schema=pa.schema(list(FIELDS.items())))


def test_a_record_in_pieces_is_whole_again_also_over_batches() -> None:
    """Short ones before and behind it keep their lines."""
    batches = [
        batch((2, "short", False), (3, "a", True)),
        batch((3, "b", True)),
        batch((3, "c", False), (4, "d", True), (4, "e", False)),
        batch((5, "last", False)),
    ]
    found = [(row["line"], row["raw"]) for one in whole(batches) for row in one.to_pylist()]
    assert found == [(2, "short"), (3, "abc"), (4, "de"), (5, "last")]


def test_no_row_on_its_way_to_python_is_long(spark: SparkSession) -> None:
    """And the records are checked as they were, whatever characters a piece ends in."""
    notes = [
        "",
        "x" * (CHARACTERS - 2),
        "x" * (CHARACTERS - 1),
        "あ😀" * (2 * CHARACTERS),
        "y" * (5 * CHARACTERS),
    ]
    rows = [(0, line, f"{line},{note}", None, -1, None) for line, note in enumerate(notes)]
    records = spark.createDataFrame(rows, SCHEMA).drop("chunk").coalesce(1)
    assert max(len(row["raw"]) for row in in_pieces(records).collect()) == CHARACTERS
    contract = load_contract(CONTRACT, "notes.yaml")
    check = RecordCheck(contract, Header(("id", "note"), (0, 1)), "s3://b/k")
    found = sorted((row["id"], row["note"] or "") for row in parse(records, contract, check).collect())
    assert found == list(enumerate(notes))
