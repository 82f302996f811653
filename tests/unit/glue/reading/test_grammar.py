"""Dialects: records and cells with escapes, other quotes and wrapped records."""

from __future__ import annotations

import random

import pytest

from pipeline.reading.grammar import Grammar
from pipeline.reading.lines import lines
from pipeline.reading.splitting import RawRecord, Splitter
from pipeline.values import Rejected

ESCAPED = Grammar(escape="\\")
WRAPPED = Grammar(wrapped=True)


def records(text: str, grammar: Grammar, chunk: int = 1 << 16) -> list[RawRecord]:
    content = text.encode()
    chunks = (content[start : start + chunk] for start in range(0, len(content), chunk))
    return list(Splitter(grammar, 10_000, 100).split(lines(chunks, "utf-8", 10_000)))


def cells(text: str, grammar: Grammar) -> list[list[str]]:
    return [grammar.read(record.raw).values for record in records(text, grammar) if record.flaw is None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('1,"a \\"b\\""\n', [["1", 'a "b"']]),
        ('1,"a ""b"" \\"c\\""\n', [["1", 'a "b" "c"']]),
        ("1,a\\,b\n", [["1", "a,b"]]),
        ("1,a\\\nb\n2,c\n", [["1", "a\nb"], ["2", "c"]]),
        ("1,a\\\r\nb\r\n2,c\r\n", [["1", "a\r\nb"], ["2", "c"]]),
        ('1,"a\\\nb"\n', [["1", "a\nb"]]),
        ("1,\\N\n", [["1", ""]]),
        ("1,C:\\new\\table\n", [["1", "C:\\new\\table"]]),
        ("1,\\\\\n2,x\n", [["1", "\\"], ["2", "x"]]),
        ('1,"\\\\"\n2,x\n', [["1", "\\"], ["2", "x"]]),
        ('"a","","b"\n', [["a", "", "b"]]),
        ('"a\\\\","b"\n', [["a\\", "b"]]),
        ("1,\n", [["1", ""]]),
    ],
)
def test_an_escaped_character_is_ordinary(text: str, expected: list[list[str]]) -> None:
    """A quote, delimiter, line end or escape; before others the escape itself is kept."""
    assert cells(text, ESCAPED) == expected


def test_what_is_written_with_escapes_is_read_as_it_was() -> None:
    """Property, for many random tables, quoted or not."""
    rng = random.Random(11)
    alphabet = ["a", "表", '"', ",", "\n", "\r\n", "\\", " x"]
    for _ in range(500):
        table = [["".join(rng.choices(alphabet, k=rng.randint(0, 5))) for _ in range(3)] for _ in range(4)]
        quoted = rng.random() < 0.5
        text = "".join(",".join(_written(cell, quoted) for cell in row) + "\n" for row in table)
        found = records(text, ESCAPED, chunk=rng.randint(1, 30))
        assert [ESCAPED.read(record.raw).values for record in found] == table, text


def _written(cell: str, quoted: bool) -> str:
    special = ("\\", '"') if quoted else ("\\", '"', ",", "\r\n", "\n")
    text = cell.replace("\r\n", "\0") if not quoted else cell
    for character in special:
        text = text.replace(character, "\\" + character)
    text = text.replace("\0", "\\\r\n")
    return f'"{text}"' if quoted else text


def test_without_quotes_a_quote_is_a_character() -> None:
    """TSV of databases."""
    grammar = Grammar("\t", quote="")
    assert cells('1\t5" pipe\n2\t"open\n3\tx\n', grammar) == [["1", '5" pipe'], ["2", '"open'], ["3", "x"]]


def test_apostrophes_can_be_the_quotes() -> None:
    """Then a double quote is a character."""
    assert cells("1,'a, ''b'' \"c\"'\n", Grammar(quote="'")) == [["1", "a, 'b' \"c\""]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"1,""a, b"",c";;;;\n', [["1", "a, b", "c"]]),
        ('"1,""a\nb"",c";;;;\n"2,x,y";;;;\n', [["1", "a\nb", "c"], ["2", "x", "y"]]),
        ('"""a, b"",c"\n', [["a, b", "c"]]),
        ('"1,x"\t\t\n', [["1", "x"]]),
        ('1,"a, b",c\n', [["1", "a, b", "c"]]),
        ('"a, b",,,\n', [["a, b", "", "", ""]]),
        ('"plain"\n', [["plain"]]),
    ],
)
def test_a_wrapped_record_is_unwrapped_and_nothing_else(text: str, expected: list[list[str]]) -> None:
    """A quoted cell with empty ones behind it is none."""
    assert cells(text, WRAPPED) == expected


def test_a_wrapped_record_with_a_stray_quote_inside_is_refused() -> None:
    """As it would be without the wrapping."""
    with pytest.raises(Rejected, match="inside the quotes of the record"):
        WRAPPED.read('"1,""a"" b,c";;')


def test_a_wrapped_record_whose_inner_text_ends_a_line_outside_of_quotes_is_refused() -> None:
    """It is one row's fault, and no error of the run."""
    with pytest.raises(Rejected, match="a line ends outside of a cell's quotes"):
        WRAPPED.read('"a,""x"",b\nc"')


def test_wrapped_records_are_marked_and_others_are_not() -> None:
    """The mark is the repair's name."""
    assert WRAPPED.read('"1,x";;').repair == "wrapped_records"
    assert WRAPPED.read("1,x").repair is None
