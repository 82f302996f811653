"""A file opened on the driver: kind, encoding and header are known, its records are where they were."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from pipeline.contract.dialect import WRAPPED_RECORDS
from pipeline.contract.model import Contract, SourceFormat
from pipeline.errors import EmptyFileError, HeaderError
from pipeline.reading.body import Body
from pipeline.reading.encoding import encoding_of
from pipeline.reading.flaws import header_problem
from pipeline.reading.grammar import Grammar
from pipeline.reading.header import Header, by_position, match, of_objects
from pipeline.reading.kinds import FileKind, kind_of
from pipeline.reading.lines import LINE_END, Line, lines
from pipeline.reading.splitting import RawRecord, Splitter
from pipeline.reading.unpacking import Unpacked
from pipeline.values import Rejected

# Excel's own line: it names the delimiter of the file it stands in
_SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


@dataclass(frozen=True)
class CsvFile:
    """Picklable: the tasks that split the file open the body again.

    ``grammar`` is None for JSON lines. ``skipped`` physical lines come before the first record of data.
    """

    body: Unpacked
    format: SourceFormat
    encoding: str
    grammar: Grammar | None
    skipped: int
    header: Header

    @property
    def splitter(self) -> Splitter:
        return _splitter(self.format, self.grammar)

    def data_records(self) -> Iterator[RawRecord]:
        """Return the records after the header."""
        found = _lines(self.body, self.format, self.encoding)
        return self.splitter.split(islice(found, self.skipped, None))


def open_csv(body: Body, contract: Contract) -> CsvFile:
    """Find kind, encoding and header; reads no more of the body than that takes.

    Raises UnreadableFileError, EmptyFileError, EncodingUnclearError, HeaderError, and what the body raises.
    """
    source = contract.source
    kind = kind_of(_name(body.uri), body.uri)
    content = Unpacked(body, source.dialect.max_uncompressed_bytes)
    encoding = encoding_of(content.chunks(), source.encoding, body.uri)
    if kind.objects:
        if next(_lines(content, source, encoding), None) is None:
            raise EmptyFileError(body.uri)
        return CsvFile(content, source, encoding, None, 0, of_objects(contract))
    grammar, skipped = _grammar(content, source, encoding, kind)
    found = islice(_lines(content, source, encoding), skipped, None)
    first = next(_splitter(source, grammar).split(found), None)
    if first is None:
        raise EmptyFileError(body.uri)
    header = _header(first, contract, body.uri, grammar, encoding)
    if source.dialect.header:
        skipped = first.line + len(LINE_END.findall(first.raw))
    return CsvFile(content, source, encoding, grammar, skipped, header)


def _name(uri: str) -> str:
    return uri.rpartition("?versionId=")[0] or uri


def _header(first: RawRecord, contract: Contract, uri: str, grammar: Grammar, encoding: str) -> Header:
    named = contract.source.dialect.header
    try:
        if first.flaw is not None and named:
            raise HeaderError(uri, [header_problem(first.flaw, encoding)])
        cells = [] if first.flaw is not None else grammar.read(first.raw).values
    except Rejected as rejected:
        if named:
            raise HeaderError(uri, [rejected.why]) from None
        cells = []
    return (match if named else by_position)(cells, contract, uri, grammar)


def _grammar(body: Unpacked, source: SourceFormat, encoding: str, kind: FileKind) -> tuple[Grammar, int]:
    """How the file is cut, and how many lines come before its records."""
    dialect = source.dialect
    first = next(_lines(body, source, encoding), None)
    named = _SEPARATOR.fullmatch(first.text.rstrip(" ")) if first is not None and not first.cut else None
    if named and dialect.delimiter not in (None, named[1]):
        problem = (
            f"its first line says {named[0]!r}, but source.delimiter is {dialect.delimiter!r}: correct one"
        )
        raise HeaderError(body.uri, [problem])
    grammar = Grammar(
        dialect.delimiter or (named[1] if named else kind.delimiter),
        dialect.quote,
        dialect.escape,
        WRAPPED_RECORDS in dialect.repair,
    )
    return grammar, max(dialect.skip_lines, 1 if named else 0)


def _splitter(source: SourceFormat, grammar: Grammar | None) -> Splitter:
    return Splitter(grammar, source.max_record_characters, source.max_record_lines)


def _lines(body: Unpacked, source: SourceFormat, encoding: str) -> Iterator[Line]:
    return lines(body.chunks(), encoding, source.max_record_characters, source.dialect.repair)
