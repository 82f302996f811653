"""The cells of one raw record."""

from __future__ import annotations

import csv
from dataclasses import dataclass

csv.field_size_limit(
    1 << 30
)  # the record's length is bounded already; the default of 128 KiB is ours to raise


@dataclass(frozen=True)
class CellReader:
    """Splits a record that ``splitting`` found sound."""

    delimiter: str

    def cells(self, raw: str) -> list[str]:
        if '"' not in raw:
            return raw.split(self.delimiter)
        return next(csv.reader([raw], delimiter=self.delimiter))
