"""Ranges of a file: what is measured of one, and how they are put together.

That a cut file has the records of the uncut one is a property: tests/unit/test_byte_ranges.py.
"""

from __future__ import annotations

import codecs

import pytest

from pipeline.contract.model import SourceFormat
from pipeline.errors import EncodingUnclearError
from pipeline.reading import Header
from pipeline.reading.csv_file import CsvFile
from pipeline.reading.encoding import encoding_of
from pipeline.reading.grammar import Grammar
from pipeline.reading.ranges import Range, cut, measure, placed, ranges_of, records_of
from pipeline.reading.unpacking import Unpacked
from tests.support.file_bodies import Bytes


def file_of(
    content: bytes, encoding: str = "utf-8", skipped: int = 0, declared: str | None = None
) -> CsvFile:
    source = SourceFormat(encoding=declared or encoding)
    return CsvFile(Unpacked(Bytes(content), 1 << 30), source, encoding, Grammar(), skipped, Header((), ()))


def lines_of(file: CsvFile, length: int) -> list[int]:
    parts = cut(file, length)
    places = placed(file, parts, [measure(file, part) for part in parts])
    return [record.line for place in places for record in records_of(file, place)]


def test_a_quoted_cell_may_go_on_through_whole_ranges() -> None:
    """The ranges in between have lines, but no record begins in them."""
    content = b'1,"' + b"x,y\n" * 50 + b'"\n2,b\n'
    assert lines_of(file_of(content), 16) == [1, 52]


def test_the_last_lines_of_a_range_settle_what_comes_in() -> None:
    """A range that begins inside a cell is understood from its end, and is not read whole for that."""
    content = b"".join(b'%d,"a\nb ""c"", d"\n' % number for number in range(1000))
    file = file_of(content)
    part = Range(len(content) // 3, len(content) // 3 * 2)
    found = measure(file, part, 512)
    assert found.settled
    assert found.lines == content[part.start : part.end].count(b"\n")
    assert min(found.beyond) > found.lines - 100
    assert len(set(found.beyond.values())) == 1


def test_a_range_that_its_end_does_not_settle_is_looked_at_whole() -> None:
    """Every line reads as the end of one cell and the start of the next: which it is stands at the top."""
    content = b'",a\n' * 1001
    found = measure(file_of(content), Range(1000, 2000), 64)
    assert not found.settled
    assert found.beyond == {0: 0, 1: 1}
    assert lines_of(file_of(content), 1000) == list(range(1, 1002, 2))
    assert lines_of(file_of(b"id\n" + content, skipped=1), 1000) == list(range(2, 1003, 2))


def test_a_header_may_be_longer_than_a_range() -> None:
    """Lines that are skipped count, wherever they end."""
    assert lines_of(file_of(b"about\n" * 30 + b"1,a\n2,b\n", skipped=30), 8) == [31, 32]


@pytest.mark.parametrize(("size", "ranges"), [(0, 1), (8 << 20, 1), ((8 << 20) + 1, 2), (33 << 20, 5)])
def test_a_small_file_is_not_cut(size: int, ranges: int) -> None:
    """It is the usual one: a task reads it, without any look at it before."""
    assert len(ranges_of(file_of(bytes(size)), 8)) == ranges


def test_a_large_file_is_cut_into_no_more_than_32_mib() -> None:
    """However few tasks there are; two bytes of UTF-16 stay together."""
    parts = ranges_of(file_of(bytes((70 << 20) + 1), "utf-16-le"), 1)
    assert [part.start for part in parts] == [0, 32 << 20, 64 << 20]
    assert parts[-1].end == (70 << 20) + 1


@pytest.mark.parametrize(
    ("content", "encoding"), [(b"\x1f\x8b" + bytes(9 << 20), "utf-8"), (bytes(9 << 20), "iso2022_jp")]
)
def test_what_cannot_be_cut_stays_whole(content: bytes, encoding: str) -> None:
    """gzip, and an encoding in which a byte means what an escape sequence far before it says."""
    assert len(ranges_of(file_of(content, encoding), 8)) == 1


ASCII = b"1,delivery\n" * 2000
JAPANESE = "1,配送がとても早くて助かりました\n" * 20


@pytest.mark.parametrize(
    ("later", "why"),
    [
        (JAPANESE.encode("cp932"), "its first 8 MB read as utf-8, all of it as cp932"),
        (JAPANESE.encode("euc_jp"), "its first 8 MB read as utf-8, all of it as euc_jp"),
        (JAPANESE.encode("iso2022_jp"), "its first 8 MB read as utf-8, all of it as iso2022_jp"),
        ("1,ﾃｱ\n".encode("cp932") * 20, "its few characters fit several"),
    ],
)
def test_a_later_part_in_another_encoding_is_no_mojibake(later: bytes, why: str) -> None:
    """The beginning was ASCII, which says nothing: "ﾃｱ" of CP932 would be read as "ñ"."""
    with pytest.raises(EncodingUnclearError, match=f"t/a.csv.*{why}.*source.encoding"):
        lines_of(file_of(ASCII + later + ASCII, declared="auto"), 4096)


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_a_later_part_may_say_the_same(encoding: str) -> None:
    """Or nothing; and a few lines that nobody can read are those rows' fault."""
    japanese = JAPANESE.encode(encoding)
    content = japanese + ASCII + b"1,\xff\xfe\n" + japanese
    assert len(lines_of(file_of(content, encoding, declared="auto"), 4096)) == 2041


NO_KANA = "1,東京都千代田区一丁目\n".encode("euc_jp")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("顧客番号,日付,金額\n".encode("cp932") + ASCII, "cp932"),
        ("顧客番号,日付,金額\n".encode("cp932") + "1,ｱｲｳ\n".encode("cp932") * 2000, "cp932"),
        ("お客様番号,住所\n".encode("euc_jp") + ASCII + NO_KANA * 500, "euc_jp"),
        (NO_KANA * 500 + "1,はい\n".encode("euc_jp") + NO_KANA * 1000, "euc_jp"),
        (codecs.BOM_UTF8 + JAPANESE.encode() + JAPANESE.encode("cp932") * 20, "utf-8"),
    ],
    ids=["header", "header, half width", "kana in the header", "kana in one row", "a mark decides"],
)
def test_what_the_beginning_has_shown_need_not_be_shown_again(content: bytes, encoding: str) -> None:
    """The header is often the only Japanese line; and a byte order mark is no guess."""
    body = Unpacked(Bytes(content), 1 << 30)
    assert encoding_of(body.chunks(), "auto", "s3://b/t/a.csv") == encoding
    whole = [record.line for record in file_of(content, encoding, declared="auto").data_records()]
    assert lines_of(file_of(content, encoding, declared="auto"), 4096) == whole


def test_a_declared_encoding_is_taken_at_its_word() -> None:
    """Rows that are not in it are refused one by one."""
    content = ASCII + JAPANESE.encode("cp932")
    assert len(lines_of(file_of(content, "utf-8"), 4096)) == 2020
