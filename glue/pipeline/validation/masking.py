"""The raw text of a record for the quarantine: without the cells of ``pii`` columns.

Bronze keeps the file as it came: source version and line lead there whoever may read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pipeline import reasons
from pipeline.contract.model import Contract
from pipeline.reading.header import Header
from pipeline.values import Rejected

MASK = "***"
# where a cell begins and ends can't be told
_NO_CELLS = frozenset({reasons.STRAY_QUOTE, reasons.UNCLOSED_QUOTE, reasons.RECORD_TOO_LONG})


@dataclass(frozen=True)
class Masking:
    """Of files with this header. Picklable."""

    contract: Contract
    header: Header

    def mask(self, raw: str, reason: str | None) -> str:
        """Return ``raw`` with ``***`` for each cell that is not known to be free of personal data.

        Those are the ``pii`` columns', and in a contract that has such also those of columns that it does not
        name. A record whose cells can't be told apart is only counted. Without ``pii`` columns nothing is
        masked.
        """
        if not self.contract.has_pii:
            return raw
        try:
            # a record with a byte that can't be read may have a misplaced quote besides
            told = reason not in _NO_CELLS and self.header.reader.is_whole(raw)
            cells = self.header.cells(raw).values if told else None
        except Rejected:
            cells = None
        if cells is None:
            return f"[{len(raw)} characters, masked: pii columns, and no telling its cells apart]"
        masked = [
            cell if not cell.strip() or position in self.open else MASK for position, cell in enumerate(cells)
        ]
        return self.header.reader.write(self.header.names, masked)

    @cached_property
    def open(self) -> frozenset[int]:
        """Positions of cells that may be seen."""
        columns = zip(self.contract.columns, self.header.positions, strict=True)
        return frozenset(position for column, position in columns if not column.pii)
