"""A CSV opened on the driver: its encoding and header are known, its records are still where they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.contract.model import Contract, SourceFormat
from pipeline.errors import EmptyFileError, HeaderError
from pipeline.reading.body import Body
from pipeline.reading.cells import CellReader
from pipeline.reading.encoding import encoding_of
from pipeline.reading.flaws import header_problem
from pipeline.reading.header import Header, match
from pipeline.reading.lines import lines
from pipeline.reading.splitting import RawRecord, split


@dataclass(frozen=True)
class CsvFile:
    """Picklable: the task that splits the file opens the body again."""

    body: Body
    format: SourceFormat
    encoding: str
    header: Header

    def data_records(self) -> Iterator[RawRecord]:
        """Return the records after the header."""
        found = raw_records(self.body, self.format, self.encoding)
        next(found, None)
        return found


def open_csv(body: Body, contract: Contract) -> CsvFile:
    """Find encoding and header; reads no more of the body than that takes.

    Raises EmptyFileError, EncodingUnclearError, HeaderError, and what the body raises.
    """
    encoding = encoding_of(body.chunks(), contract.source.encoding, body.uri)
    first = next(raw_records(body, contract.source, encoding), None)
    if first is None:
        raise EmptyFileError(body.uri)
    if first.flaw is not None:
        raise HeaderError(body.uri, [header_problem(first.flaw, encoding)])
    cells = CellReader(contract.source.delimiter).cells(first.raw)
    return CsvFile(body, contract.source, encoding, match(cells, contract, body.uri))


def raw_records(body: Body, format_: SourceFormat, encoding: str) -> Iterator[RawRecord]:
    """Return all records of a file, the header first."""
    found = lines(body.chunks(), encoding, format_.max_record_characters)
    return split(found, format_.delimiter, format_.max_record_characters, format_.max_record_lines)
