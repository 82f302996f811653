"""One raw record → its typed values and key, or the reason it is refused."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from pipeline.contract.model import Contract
from pipeline.contract.modes import Operation
from pipeline.reading.flaws import flaw_of
from pipeline.reading.header import Header
from pipeline.reading.splitting import NOWHERE, RawRecord
from pipeline.validation.column_check import ColumnCheck
from pipeline.validation.masking import Masking
from pipeline.values import Rejected

_LINE_END = re.compile(r"\r\n|\r|\n")
# JSON keeps ["a", "bc"] and ["ab", "c"] apart
_written = json.JSONEncoder(ensure_ascii=False, default=str).encode


class CheckedRecord(NamedTuple):
    """Either ``reason`` and ``detail``, or ``key`` and ``values`` in the order of the contract's columns.

    ``repairs`` names what was put right, separated by commas.
    """

    reason: str | None
    detail: str | None
    key: str | None
    values: list[Any]
    repairs: str | None = None


@dataclass(frozen=True)
class RecordCheck:
    """The contract applied to a file with this header. Picklable."""

    contract: Contract
    header: Header
    object_uri: str

    def check(
        self, line: int, raw: str, flaw: str | None, spot: int = NOWHERE, repairs: str | None = None
    ) -> CheckedRecord:
        """Check a record of ``reading``, whose fields these are (``RawRecord``)."""
        found = flaw_of(flaw, raw)
        if found is not None:
            return self._refused(found.reason, self._place(line, raw, found.spot(raw, spot)) + found.detail)
        try:
            cells, repair = self.header.cells(raw)
        except Rejected as rejected:
            return self._refused(rejected.reason, rejected.why)
        values: list[Any] = []
        deletes = self._deletes(cells)
        for check, position in self.columns:
            if deletes and check.column.name not in self._of_deletions:
                values.append(None)  # whatever stands there: the record is gone
                continue
            cell = cells[position] if position >= 0 else ""
            try:
                values.append(check.value(cell))
            except Rejected as rejected:
                return self._refused(rejected.reason, check.detail(rejected, cell))
        made = ",".join(filter(None, (repairs, repair))) or None
        key = self.key(line, [values[index] for index in self.key_indexes])
        return CheckedRecord(None, None, key, values, made)

    def row(self, record: RawRecord) -> tuple[Any, ...]:
        """Return what ``validation.frame.schema`` says of a record."""
        checked = self.check(*record)
        return (
            record.line,
            self.masking.mask(record.raw, checked.reason),
            checked.reason,
            checked.detail,
            checked.key,
            checked.repairs,
            *checked.values,
        )

    def key(self, line: int, values: Sequence[Any]) -> str:
        """Return the record's key. ``values`` are those of the columns ``key_indexes``.

        Of typed values, so that 2024-01-02 and 2024/1/2 are one key.
        """
        kind = self.contract.record_key.kind
        parts = (self.object_uri, line) if kind == "line" else values
        return hashlib.sha256(_written([kind, *parts]).encode()).hexdigest()

    def _place(self, line: int, raw: str, spot: int) -> str:
        """Name the line and column of a place in a record, for a person with an editor."""
        if spot == NOWHERE:
            return ""
        name = self.header.name_at(raw, spot)
        number = line + len(_LINE_END.findall(raw, 0, spot))
        return f"line {number}, column {name}: " if name else f"line {number}: "

    def _deletes(self, cells: list[str]) -> bool:
        operation, position = self.operation
        return operation is not None and position >= 0 and cells[position].strip() in operation.delete

    def _refused(self, reason: str, detail: str) -> CheckedRecord:
        return CheckedRecord(reason, detail, None, self._nothing)

    @cached_property
    def masking(self) -> Masking:
        """What the quarantine may hold of a record."""
        return Masking(self.contract, self.header)

    @cached_property
    def columns(self) -> list[tuple[ColumnCheck, int]]:
        """Each column of the contract, and the position of its cell; -1 where the file has none."""
        limit = self.contract.source.max_cell_characters
        checks = [ColumnCheck(column, limit) for column in self.contract.columns]
        return list(zip(checks, self.header.positions, strict=True))

    @cached_property
    def operation(self) -> tuple[Operation | None, int]:
        """What says which rows are deletions, and the position of its cell."""
        operation = self.contract.changes.operation
        if operation is None:
            return None, -1
        return operation, next(at for check, at in self.columns if check.column.name == operation.column)

    @cached_property
    def key_indexes(self) -> list[int]:
        """The columns that the key is made of."""
        names = [column.name for column in self.contract.columns]
        key = self.contract.record_key
        return list(range(len(names))) if key.kind == "content" else list(map(names.index, key.columns))

    @cached_property
    def _of_deletions(self) -> frozenset[str]:
        """The columns that a deletion has to have."""
        changes = self.contract.changes
        operation = changes.operation.column if changes.operation else None
        needed = (*self.contract.record_key.columns, operation, changes.sequence_by)
        return frozenset(name for name in needed if name)

    @cached_property
    def _nothing(self) -> list[Any]:
        return [None] * len(self.contract.columns)
