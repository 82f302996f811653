"""``RecordCheck`` for a batch of records: column by column, and record by record what that does not take.

What is accepted here has the values, key and raw text that ``RecordCheck`` gives. What is refused here is
checked again by ``RecordCheck``, which finds the reason and the words.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import repeat
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.validation.cutting import Cut, Cutter, stripped
from pipeline.validation.record_check import RecordCheck
from pipeline.validation.whole_column import WholeColumn, texts


class BatchCheck:
    """``schema`` is that of ``validation.frame.schema`` in Arrow's types. Lives as long as a task."""

    def __init__(self, check: RecordCheck, schema: pa.Schema) -> None:
        self._check = check
        self._schema = schema
        self._columns = [
            (WholeColumn(column, type_), position)
            for (column, position), type_ in zip(
                check.columns, schema.types[-len(check.columns) :], strict=True
            )
        ]

    def rows(self, records: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Yield the checked rows of records with ``RawRecord``'s fields, in any order."""
        cutter = Cutter(self._check)
        for cut in cutter.cut(records):
            yield self._accepted(cut, cutter)
        if cutter.refused:
            rows = zip(*map(self._check.row, cutter.refused), strict=True)
            yield self._batch(
                [pa.array(row, type_) for row, type_ in zip(rows, self._schema.types, strict=True)]
            )

    def _accepted(self, cut: Cut, cutter: Cutter) -> pa.RecordBatch:
        found = [column.values(self._cells(cut, position)) for column, position in self._columns]
        refused = reduce(pc.or_, [refusals for _, refusals in found], self._deletions(cut))
        cutter.refuse(cut.records.filter(refused))
        accepted = pc.invert(refused)
        lines = cut.records.column("line").filter(accepted)
        values = [column.filter(accepted) for column, _ in found]
        reason, detail = (pa.nulls(len(lines), pa.string()) for _ in range(2))
        raw, repairs = (column.filter(accepted) for column in (cut.raw, cut.repairs))
        return self._batch([lines, raw, reason, detail, self._keys(lines, values), repairs, *values])

    def _cells(self, cut: Cut, position: int) -> pa.Array:
        return cut.cells[position] if position >= 0 else pa.array([""] * cut.records.num_rows, pa.string())

    def _deletions(self, cut: Cut) -> pa.Array:
        operation, position = self._check.operation
        if operation is None or position < 0:
            return pa.array([False] * cut.records.num_rows, pa.bool_())
        cells = stripped(cut.cells[position])
        return pc.is_in(cells, value_set=pa.array(list(operation.delete), pa.string()))

    def _keys(self, lines: pa.Array, values: list[pa.Array]) -> pa.Array:
        parts = [_listed(values[index]) for index in self._check.key_indexes]
        keys = map(self._check.key, lines.to_pylist(), zip(*parts, strict=True) if parts else repeat(()))
        return pa.array(list(keys), pa.string())

    def _batch(self, arrays: list[pa.Array]) -> pa.RecordBatch:
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)


def _listed(values: pa.Array) -> list[Any]:
    return texts(values) if pa.types.is_string(values.type) else values.to_pylist()
