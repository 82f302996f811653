"""One raw record → its typed values and key, or the reason it is refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from pipeline import reasons
from pipeline.contract.model import Contract
from pipeline.reading.cells import CellReader
from pipeline.reading.flaws import flaw_of
from pipeline.reading.header import Header
from pipeline.validation.column_check import ColumnCheck
from pipeline.validation.masking import Masking
from pipeline.values import Rejected


class CheckedRecord(NamedTuple):
    """Either ``reason`` and ``detail``, or ``key`` and ``values`` in the order of the contract's columns."""

    reason: str | None
    detail: str | None
    key: str | None
    values: list[Any]


@dataclass(frozen=True)
class RecordCheck:
    """The contract applied to a file with this header. Picklable."""

    contract: Contract
    header: Header
    object_uri: str

    def check(self, line: int, raw: str, flaw: str | None) -> CheckedRecord:
        """Check a record of ``reading.records``: its first line, raw text and flaw."""
        found = flaw_of(flaw, raw)
        if found is not None:
            return self._refused(found.reason, found.detail)
        cells = self._cells.cells(raw)
        expected = len(self.header.names)
        if len(cells) != expected:
            reason = reasons.MISSING_CELLS if len(cells) < expected else reasons.EXTRA_CELLS
            return self._refused(reason, f"{len(cells)} cells, the header has {expected}")
        values = []
        for check, position in self._checks:
            cell = cells[position] if position >= 0 else ""
            try:
                values.append(check.value(cell))
            except Rejected as rejected:
                return self._refused(rejected.reason, check.detail(rejected, cell))
        return CheckedRecord(None, None, self._key(line, values), values)

    def masked(self, raw: str, checked: CheckedRecord) -> str:
        """Return the raw text as the quarantine may hold it: without personal data."""
        return self._masking.mask(raw, checked.reason, self._cells.cells)

    def _refused(self, reason: str, detail: str) -> CheckedRecord:
        return CheckedRecord(reason, detail, None, self._nothing)

    def _key(self, line: int, values: list[Any]) -> str:
        kind = self.contract.record_key.kind
        if kind == "line":
            parts: list[Any] = [self.object_uri, line]
        elif kind == "content":
            parts = values
        else:
            parts = [values[index] for index in self._key_indexes]
        # typed values, so that 2024-01-02 and 2024/1/2 are one key; JSON keeps ["a", "bc"] and ["ab", "c"]
        # apart
        text = json.dumps([kind, *parts], ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def _masking(self) -> Masking:
        return Masking(self.contract, self.header)

    @cached_property
    def _cells(self) -> CellReader:
        return CellReader(self.contract.source.delimiter)

    @cached_property
    def _checks(self) -> list[tuple[ColumnCheck, int]]:
        limit = self.contract.source.max_cell_characters
        checks = [ColumnCheck(column, limit) for column in self.contract.columns]
        return list(zip(checks, self.header.positions, strict=True))

    @cached_property
    def _key_indexes(self) -> list[int]:
        names = [column.name for column in self.contract.columns]
        return [names.index(name) for name in self.contract.record_key.columns]

    @cached_property
    def _nothing(self) -> list[Any]:
        return [None] * len(self.contract.columns)
