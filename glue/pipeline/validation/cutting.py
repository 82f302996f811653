"""Records → cells, for a batch at once.

A record without quotes and escape characters is cut at each delimiter by Arrow, the others by the reader of
their file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.reading.grammar import Grammar
from pipeline.reading.splitting import RawRecord
from pipeline.validation.masking import MASK
from pipeline.validation.record_check import RecordCheck
from pipeline.values import Rejected

# Arrow's own idea of blanks is another one
_BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())


class Cut(NamedTuple):
    """Records with their cells by the header's positions, their raw text as the quarantine may hold it, and
    what was repaired.
    """

    records: pa.RecordBatch
    cells: list[pa.Array]
    raw: pa.Array
    repairs: pa.Array


@dataclass
class Cutter:
    """``refused`` collects the records that have no cells, and whatever else is to be checked one by one."""

    check: RecordCheck
    refused: list[RawRecord] = field(default_factory=list)

    def refuse(self, records: pa.RecordBatch) -> None:
        self.refused += _listed(records)

    def cut(self, records: pa.RecordBatch) -> Iterator[Cut]:
        """Yield the records that have cells."""
        sound = pc.and_(records.column("flaw").is_null(), pc.invert(_has(records, "\0")))
        self.refuse(records.filter(pc.invert(sound)))
        records = records.filter(sound)
        grammar = self.check.header.reader
        if isinstance(grammar, Grammar):
            delimiters, simple = self._simple(records, grammar)
            if pc.any(simple).as_py():
                yield self._split(records.filter(simple), delimiters.filter(simple), grammar.delimiter)
            records = records.filter(pc.invert(simple))
        if records.num_rows:
            yield self._read(records)

    def _simple(self, records: pa.RecordBatch, grammar: Grammar) -> tuple[pa.Array, pa.Array]:
        """Count the delimiters, and tell whether each of them ends a cell that stands there as it is."""
        header, raw = self.check.header, records.column("raw")
        signs = {grammar.quote, grammar.escape, '"' if grammar.wrapped else ""} - {""}
        if self.check.contract.has_pii:
            signs |= {'"', "\r", "\n"}  # in cells that masking would put into quotes
        found = pc.count_substring(raw, grammar.delimiter)
        right = pc.equal(found, len(header.names) - 1)
        if header.trailing_delimiter:
            ended = pc.ends_with(raw, grammar.delimiter)
            right = pc.or_(right, pc.and_(ended, pc.equal(found, len(header.names))))
        return found, reduce(pc.and_not, (_has(records, sign) for sign in sorted(signs)), right)

    def _split(self, records: pa.RecordBatch, delimiters: pa.Array, delimiter: str) -> Cut:
        header, raw = self.check.header, records.column("raw")
        width = len(header.names)
        if header.trailing_delimiter:
            ended = pc.utf8_slice_codeunits(raw, 0, -1)
            raw = pc.if_else(pc.equal(delimiters, width), ended, raw)
        flat = pc.split_pattern(raw, delimiter).flatten()
        cells = [flat.take(pa.array(range(at, len(flat), width), pa.int64())) for at in range(width)]
        masked = self._masked(records.column("raw"), cells, delimiter)
        return Cut(records, cells, masked, records.column("repairs"))

    def _masked(self, raw: pa.Array, cells: list[pa.Array], delimiter: str) -> pa.Array:
        """Mask as ``Masking.mask`` does; no cell needs quotes."""
        check = self.check
        if not check.contract.has_pii:
            return raw
        masked = [
            cell if position in check.masking.open else pc.if_else(pc.equal(stripped(cell), ""), cell, MASK)
            for position, cell in enumerate(cells)
        ]
        return pc.binary_join_element_wise(*masked, delimiter)

    def _read(self, records: pa.RecordBatch) -> Cut:
        found = []
        for record in _listed(records):
            try:
                found.append((record, *self.check.header.cells(record.raw)))
            except Rejected:
                self.refused.append(record)
        kept = pa.RecordBatch.from_pydict(
            {name: [record[at] for record, _, _ in found] for at, name in enumerate(RawRecord._fields)},
            records.schema,
        )
        width = len(self.check.header.names)
        cells = [pa.array([cells[at] for _, cells, _ in found], pa.string()) for at in range(width)]
        raw = [self.check.masking.mask(record.raw, None) for record, _, _ in found]
        repairs = [",".join(filter(None, (record.repairs, made))) or None for record, _, made in found]
        return Cut(kept, cells, pa.array(raw, pa.string()), pa.array(repairs, pa.string()))


def stripped(cells: pa.Array) -> pa.Array:
    """Return the cells as ``str.strip`` does."""
    return pc.utf8_trim(cells, characters=_BLANKS)


def _has(records: pa.RecordBatch, sign: str) -> pa.Array:
    return pc.match_substring(records.column("raw"), sign)


def _listed(records: pa.RecordBatch) -> list[RawRecord]:
    return [RawRecord(*record.values()) for record in records.to_pylist()]
