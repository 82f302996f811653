"""Records to cells: Arrow cuts those without quotes, the file's reader the others."""

from __future__ import annotations

import pyarrow as pa

from pipeline.contract.loader import load_contract
from pipeline.reading.grammar import Grammar
from pipeline.reading.header import Header
from pipeline.validation.cutting import Cutter
from pipeline.validation.record_check import RecordCheck

CONTRACT = """
title: People
columns:
  - {name: id, type: string, required: true}
  - {name: name, type: string, PII}
record_key: [id]
"""
NAMES = ["line", "raw", "flaw", "spot", "repairs"]


def cutter(pii: bool = False, **fields: bool) -> Cutter:
    contract = load_contract(CONTRACT.replace("PII", f"pii: {str(pii).lower()}"), "people.yaml")
    return Cutter(RecordCheck(contract, Header(("id", "name"), (0, 1), Grammar(), **fields), "s3://b/k"))


def cut(by: Cutter, *raw: str, flaw: str | None = None) -> list[tuple[list[str], list[list[str]]]]:
    """Raw texts and cells of each batch."""
    count = len(raw)
    columns = [list(range(count)), raw, [flaw] * count, [-1] * count, [None] * count]
    types = [pa.int64(), pa.string(), pa.string(), pa.int32(), pa.string()]
    arrays = [pa.array(column, type_) for column, type_ in zip(columns, types, strict=True)]
    found = by.cut(pa.RecordBatch.from_arrays(arrays, names=NAMES))
    return [(one.raw.to_pylist(), [cells.to_pylist() for cells in one.cells]) for one in found]


def test_records_with_quotes_are_the_readers() -> None:
    """The others are cut at each delimiter."""
    by = cutter()
    assert cut(by, "1,a", '2,"b,c"', "3,") == [
        (["1,a", "3,"], [["1", "3"], ["a", ""]]),
        (['2,"b,c"'], [["2"], ["b,c"]]),
    ]
    assert by.refused == []


def test_what_has_no_cells_is_left_to_be_refused() -> None:
    """By what reading found, a NUL, or the wrong number of cells."""
    for raw, flaw in (("1,a", "invalid_bytes"), ("1,\0", None), ("1", None), ("1,a,b", None)):
        by = cutter()
        assert all(cells[0] == [] for _, cells in cut(by, raw, flaw=flaw))
        assert [record.raw for record in by.refused] == [raw]


def test_a_delimiter_at_the_end_may_be_one_too_many() -> None:
    """Where the contract says so."""
    assert cut(cutter(trailing_delimiter=True), "1,a,", "2,b", "3,") == [
        (["1,a,", "2,b", "3,"], [["1", "2", "3"], ["a", "b", ""]])
    ]


def test_personal_data_is_masked() -> None:
    """Blank cells tell nothing."""
    assert cut(cutter(pii=True), "1,Ann", "2,", '3,"Bo, L"') == [
        (["1,***", "2,"], [["1", "2"], ["Ann", ""]]),
        (["3,***"], [["3"], ["Bo, L"]]),
    ]
