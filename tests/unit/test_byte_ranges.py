"""Property: a file that is cut into ranges has the records of the uncut one, wherever it is cut.

Of `glue/pipeline/reading`. It runs here because the Glue environment has no hypothesis.
"""

from __future__ import annotations

import codecs

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.contract.dialect import Dialect
from pipeline.contract.model import SourceFormat
from pipeline.reading.csv_file import CsvFile
from pipeline.reading.grammar import Grammar
from pipeline.reading.header import Header
from pipeline.reading.ranges import cut, measure, placed, records_of
from pipeline.reading.splitting import RawRecord
from pipeline.reading.unpacking import Unpacked
from tests.support.file_bodies import Bytes

GRAMMARS = {
    "comma": Grammar(),
    "bar": Grammar("|"),
    "tab and apostrophes": Grammar("\t", "'"),
    "no quotes": Grammar(quote=""),
    "escapes": Grammar(escape="\\"),
    "escapes without quotes": Grammar("|", "", "\\"),
    "wrapped records": Grammar(wrapped=True),
    "wrapped records with escapes": Grammar(escape="\\", wrapped=True),
    "JSON lines": None,
}
MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "cp932": b"",
    "euc_jp": b"",
    "cp1252": b"",
}
# ソ, 表, 十 and ポ end in a backslash or a bar in CP932; 😀 is two units of UTF-16; ਍ is 0A 0D there
_SIGNS = [
    "\\\n",
    "x" * 30,
    '"',
    '""',
    "'",
    ",",
    "|",
    "\t",
    "\\",
    ";",
    "\n",
    "\r",
    "\r\n",
    '"\n',
    '\n"',
    '",a\n',
    " ",
    "a",
    "1",
]
_LETTERS = ["ソ", "表", "十", "ポ", "ﾎﾟ", "é", "😀", "਍", "ऊ", "\ufeff", "\0"]
_BROKEN = [
    b"\x80",
    b"\xff\xfe",
    b"\xe8",
    b"\x82",
    b"\xd8",
    b"\xd8\x3d",
    b"\n",
    b"\r",
    b"\x8f\xb0",
    b"\x0a\x00",
]
_TEXT = st.sampled_from(_SIGNS * 3 + _LETTERS)
_PIECES = st.lists(st.one_of(_TEXT, _TEXT, _TEXT, _TEXT, st.sampled_from(_BROKEN)), max_size=60)


def file_of(
    content: bytes, encoding: str, grammar: Grammar | None, skipped: int, source: SourceFormat
) -> CsvFile:
    body = Unpacked(Bytes(content, chunk=7), 1 << 30)
    return CsvFile(body, source, encoding, grammar, skipped, Header((), ()))


def read_in_ranges(file: CsvFile, length: int, tail: int) -> list[RawRecord]:
    parts = cut(file, length)
    places = placed(file, parts, [measure(file, part, tail) for part in parts])
    return [record for place in places for record in records_of(file, place)]


@pytest.mark.parametrize("encoding", MARKS)
@pytest.mark.parametrize("name", GRAMMARS)
@settings(max_examples=50, deadline=None)
@given(
    pieces=_PIECES,
    length=st.integers(1, 64),
    tail=st.integers(1, 20),
    marked=st.booleans(),
    skipped=st.integers(0, 3),
    limits=st.sampled_from([(1000, 100), (1000, 3), (12, 100), (5, 2)]),
    repair=st.sampled_from([(), ("cp932_bytes", "utf8_bytes", "replace_bytes")]),
)
@example(['",a\n'] * 40, 16, 4, False, 1, (1000, 100), ())
@example(["a\n", "x" * 30, "\\\n", "b\nc\n"], 36, 4, False, 0, (1000, 100), ())
@example(["1", ",", '"', *["a\r\n"] * 20, '"', "\r\n", "2"], 9, 3, True, 0, (1000, 100), ())
def test_a_cut_file_has_the_same_records(
    name: str,
    encoding: str,
    pieces: list[str | bytes],
    length: int,
    tail: int,
    marked: bool,
    skipped: int,
    limits: tuple[int, int],
    repair: tuple[str, ...],
) -> None:
    """Raw text, line, flaw, spot and repairs; quotes, line ends, characters and the mark cut in two."""
    content = b"".join(
        piece if isinstance(piece, bytes) else piece.encode(encoding, "ignore") for piece in pieces
    )
    source = SourceFormat(
        encoding=encoding,
        dialect=Dialect(repair=repair),
        max_record_characters=limits[0],
        max_record_lines=limits[1],
    )
    file = file_of(MARKS[encoding] * marked + content, encoding, GRAMMARS[name], skipped, source)
    assert read_in_ranges(file, length, 2 * tail) == list(file.data_records())
