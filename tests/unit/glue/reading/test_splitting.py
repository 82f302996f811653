"""Records of a CSV, from its bytes to raw text with line numbers."""

from __future__ import annotations

import csv
import io
import random

import pytest

from pipeline.reading.grammar import Grammar
from pipeline.reading.lines import lines
from pipeline.reading.splitting import RawRecord, Splitter

LIMIT = 4_000
COMMA = Grammar(",")


def records(
    content: bytes,
    encoding: str = "utf-8",
    chunk: int = 1 << 16,
    max_characters: int = LIMIT,
    max_lines: int = 100,
    grammar: Grammar = COMMA,
    repair: tuple[str, ...] = (),
) -> list[tuple[int, str, str | None]]:
    chunks = (content[start : start + chunk] for start in range(0, len(content), chunk))
    splitter = Splitter(grammar, max_characters, max_lines)
    found = splitter.split(lines(chunks, encoding, max_characters, repair))
    return [(record.line, record.raw, record.flaw) for record in found]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1 << 16])
def test_every_line_end_ends_a_record_whatever_the_chunks(end: bytes, chunk: int) -> None:
    """LF, CR LF and CR alone; the last line may lack its end."""
    content = end.join([b"a,b", b"1,x", b"", b'2,"y', b'z"', b"3,w"])
    text_end = end.decode()
    expected = [(1, "a,b", None), (2, "1,x", None), (4, f'2,"y{text_end}z"', None), (6, "3,w", None)]
    assert records(content, chunk=chunk) == expected
    assert records(content + end, chunk=chunk) == expected


def test_blank_lines_are_no_records_but_count_as_lines() -> None:
    """Line numbers are the editor's."""
    assert records(b"\n\na\n   \n\t\nb\n") == [(3, "a", None), (6, "b", None)]


def test_quotes_inside_a_cell_are_ordinary() -> None:
    """A quote opens a cell only as its first character."""
    assert records(b'1,5" pipe\n2,a"b"c\n') == [(1, '1,5" pipe', None), (2, '2,a"b"c', None)]


def test_an_unclosed_quote_costs_its_own_line_only() -> None:
    """Reading resumes at the next line, when the file ends, or when the next quote cannot close it."""
    at_end = records(b'1,ok\n2,"open\n3,ok\n4,ok\n')
    assert at_end == [
        (1, "1,ok", None),
        (2, '2,"open', "unclosed_quote"),
        (3, "3,ok", None),
        (4, "4,ok", None),
    ]
    quoted_next = records(b'2,"open\n3,"fine"\n4,ok\n')
    assert quoted_next == [(1, '2,"open', "unclosed_quote"), (2, '3,"fine"', None), (3, "4,ok", None)]


def test_an_unclosed_quote_does_not_swallow_more_than_the_limits() -> None:
    """The allowed lines and characters of a record bound what is looked at."""
    content = b'1,"open\n' + b"2,x\n" * 50
    assert [record[0] for record in records(content, max_lines=10)] == list(range(1, 52))
    assert records(content, max_characters=20)[0] == (1, '1,"open', "unclosed_quote")
    assert len(records(content, max_characters=20)) == 51


def test_text_after_a_closing_quote_is_named() -> None:
    """Quotes that are not doubled inside a quoted cell."""
    assert records(b'1,"he said "hi" there",x\n2,"ok" ,y\n') == [
        (1, '1,"he said "hi" there",x', "stray_quote"),
        (2, '2,"ok" ,y', None),
    ]


def test_invalid_bytes_cost_one_record_and_are_shown() -> None:
    """The raw text shows the bytes as \\xNN; a broken byte in one line of a record breaks that record."""
    assert records(b'1,\xff\xfe\n2,ok\n3,"a\n\x80b"\n') == [
        (1, "1,\\xff\\xfe", "invalid_bytes"),
        (2, "2,ok", None),
        (3, '3,"a\n\\x80b"', "invalid_bytes"),
    ]


@pytest.mark.parametrize("chunk", [1, 3, 1 << 16])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "iso2022_jp", "cp932", "euc_jp", "utf-8"])
def test_japanese_in_every_encoding(encoding: str, chunk: int) -> None:
    """Characters whose second byte looks like a backslash, a bar or a quote stay whole."""
    text = '番号,表\n1,"ソ十表|能\n予"\n2,"◆引用""符"\n'
    assert records(text.encode(encoding), encoding, chunk) == [
        (1, "番号,表", None),
        (2, '1,"ソ十表|能\n予"', None),
        (4, '2,"◆引用""符"', None),
    ]


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    """UTF-8 and UTF-16 alike; only at the start of the file."""
    assert records(b"\xef\xbb\xbfa,b\n", chunk=1) == [(1, "a,b", None)]
    assert records("\ufeffa,b\n".encode("utf-16-le"), "utf-16-le") == [(1, "a,b", None)]


def test_a_lone_surrogate_in_utf_16_is_invalid_bytes() -> None:
    """An odd byte at the end and half a pair are shown byte by byte; the other rows live."""
    content = "a\n".encode("utf-16-le") + b"\x00\xd8x\x00\n\x00" + "b\n".encode("utf-16-le") + b"c"
    assert records(content, "utf-16-le") == [
        (1, "a", None),
        (2, "\\x00\\xd8x", "invalid_bytes"),
        (3, "b", None),
        (4, "\\x63", "invalid_bytes"),
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("chunk", [1, 999, 5_000, 1 << 20])
def test_a_line_beyond_the_limit_is_cut_and_the_next_one_lives(end: bytes, chunk: int) -> None:
    """A file without line ends must not fill the memory."""
    content = end.join([b"1,a", b"2," + b"x" * 60_000, b"3,c"])
    found = records(content, chunk=chunk)
    assert [(line, flaw) for line, _, flaw in found] == [(1, None), (2, "record_too_long"), (3, None)]
    assert len(found[1][1]) <= 4096


def test_sound_records_read_as_pythons_csv_reads_them() -> None:
    """Property: what csv.writer writes comes back cell by cell, for many random tables."""
    rng = random.Random(3)
    alphabet = ["a", "é", "表", '"', ",", "\n", "\r\n", " ", "\\", "|", ""]
    for _ in range(300):
        table = [
            ["".join(rng.choices(alphabet, k=rng.randint(0, 6))) for _ in range(3)]
            for _ in range(rng.randint(1, 6))
        ]
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(table)
        found = records(text.getvalue().encode(), chunk=rng.randint(1, 40))
        assert [record[2] for record in found] == [None] * len(table)
        assert [COMMA.read(record[1]).values for record in found] == table


def test_no_character_is_lost_whatever_the_bytes() -> None:
    """Property: records and blank lines hold every line of a damaged file, once and in order."""
    rng = random.Random(5)
    for _ in range(500):
        body = "".join(rng.choices(['"', ",", "a", "b", "\n", "\n", " "], k=rng.randint(0, 60)))
        found = records(body.encode(), chunk=rng.randint(1, 20), max_lines=4)
        text = body.split("\n")
        for line, raw, _ in found:
            parts = raw.split("\n")
            assert text[line - 1 : line - 1 + len(parts)] == parts
        covered = [number for line, raw, _ in found for number in range(line, line + raw.count("\n") + 1)]
        blank = [number for number, line in enumerate(text, start=1) if not line.strip()]
        assert sorted({*covered, *blank}) == list(range(1, len(text) + 1))
        assert len(covered) == len(set(covered))


def test_raw_record_is_a_tuple() -> None:
    """The order the DataFrame relies on."""
    assert RawRecord._fields == ("line", "raw", "flaw", "spot", "repairs")
