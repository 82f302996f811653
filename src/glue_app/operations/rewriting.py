"""A file without some of its records: blank lines stand in their place, all other bytes are as they were.

Blank lines are no records to the job, and the others keep the numbers of their lines, by which a record
without a key column is known.
"""

from __future__ import annotations

import codecs
import gzip
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import BufferedWriter
from itertools import zip_longest
from pathlib import Path

from glue_app.operations.errors import OperationError
from pipeline.contract.model import Contract
from pipeline.errors import PipelineError
from pipeline.reading import CsvFile, open_csv
from pipeline.reading.body import Body
from pipeline.reading.codec import STATEFUL, python_name
from pipeline.reading.kinds import GZIP
from pipeline.reading.lines import LINE_END
from pipeline.reading.splitting import RawRecord

_CHUNK = 1 << 20
_BYTE_ORDER_MARKS = ("\ufeff", "\xef\xbb\xbf")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class CannotBeCutError(OperationError):
    """A file of which no program can say what would be left of it."""


@dataclass(frozen=True)
class LocalBody:
    """A file on this machine, as the job's reader takes it."""

    path: Path
    uri: str

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def chunks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the bytes."""
        rest = (self.size if end is None else end) - start
        with self.path.open("rb") as file:
            file.seek(start)
            while rest > 0 and (data := file.read(min(_CHUNK, rest))):
                rest -= len(data)
                yield data


def without(body: Body, contract: Contract, records: Collection[int], to: Path) -> None:
    """Write the file to ``to`` without the records that begin at these lines.

    What was written is read again by the job's own reader: it has the same header, and the same records at
    the same lines, but for those. Raises CannotBeCutError where it has not, and what reading raises.
    """
    if not records:
        with to.open("wb") as plain:
            for chunk in body.chunks():
                plain.write(chunk)
        return
    file = open_csv(body, contract)
    blank = {line for record in file.data_records() if record.line in records for line in _lines_of(record)}
    try:
        with to.open("wb") as target, _packed(body, target) as sink:
            _write(file, blank, sink)
    except UnicodeError as error:
        why = f"its characters can't be written back as {file.encoding}"
        raise CannotBeCutError(f"{body.uri}: {why}", "correct the file by hand") from error
    _check(file, LocalBody(to, body.uri), contract, records)


def _lines_of(record: RawRecord) -> range:
    return range(record.line, record.line + 1 + len(LINE_END.findall(record.raw)))


def _packed(body: Body, target: BufferedWriter) -> BufferedWriter | gzip.GzipFile:
    head = b"".join(body.chunks(0, len(GZIP)))
    return gzip.GzipFile(fileobj=target, mode="wb", mtime=0) if head == GZIP else target


def _write(file: CsvFile, blank: Collection[int], sink: BufferedWriter | gzip.GzipFile) -> None:
    """Where a byte of a line end is never part of another character, bytes are copied as they are."""
    name = python_name(file.encoding) if file.encoding in STATEFUL else "latin-1"
    encoder = codecs.getincrementalencoder(name)()
    same = codecs.getincrementalencoder(name)()
    before = ""
    for number, (line, original) in enumerate(_physical(file, name), start=1):
        if same.encode(line) != original:
            raise UnicodeError("its bytes are another spelling of its characters")
        before = _blanked(line, before) if number in blank else line
        sink.write(encoder.encode(before))


def _blanked(line: str, before: str) -> str:
    mark = next((mark for mark in _BYTE_ORDER_MARKS if line.startswith(mark)), "")
    found = LINE_END.search(line)
    end = found[0] if found else ""
    apart = " " if end == "\n" and before.endswith("\r") else ""  # else the two are one line end
    return mark + apart + end


def _physical(file: CsvFile, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the lines with their ends, and the bytes of each."""
    decoder = codecs.getincrementaldecoder(name)()
    spelling = codecs.getincrementalencoder(name)()
    rest = ""
    pending = bytearray()
    for chunk in _and_none(file.body.chunks()):
        pending += chunk or b""
        text = rest + decoder.decode(chunk or b"", final=chunk is None)
        found = _LINE.findall(text)
        # the last one may go on, and a CR may be half of a CR LF
        rest = found.pop() if chunk is not None and found and not found[-1].endswith("\n") else ""
        for line in found:
            size = len(spelling.encode(line))
            yield line, bytes(pending[:size])
            del pending[:size]
    if pending:
        raise UnicodeError("its end is no whole character")


def _and_none(chunks: Iterator[bytes]) -> Iterator[bytes | None]:
    yield from chunks
    yield None


def _check(file: CsvFile, written: LocalBody, contract: Contract, gone: Collection[int]) -> None:
    kept = (_compared(one) for one in file.data_records() if one.line not in gone)
    try:
        again = open_csv(written, contract)
        same = again.header == file.header and all(
            one == other for one, other in zip_longest(kept, map(_compared, again.data_records()))
        )
    except PipelineError as error:
        why = f"without the rows it is no file of the dataset any more: {error}"
        raise CannotBeCutError(f"{written.uri}: {why}", "delete its version by hand") from error
    if not same:
        why = "without the rows the others would be read otherwise"
        raise CannotBeCutError(f"{written.uri}: {why}", "correct the file by hand")


def _compared(record: RawRecord) -> tuple[int, str, str | None]:
    return record.line, record.raw, record.flaw
