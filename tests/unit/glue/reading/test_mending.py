"""Bytes of another encoding inside a file."""

from __future__ import annotations

import pytest

from pipeline.reading.codec import without_marks
from pipeline.reading.lines import Line, lines
from pipeline.reading.mending import decode_line

MIXED = "表示".encode("cp932")


@pytest.mark.parametrize(
    ("data", "encoding", "repair", "text"),
    [
        ("日本,".encode() + MIXED, "utf-8", "cp932_bytes", "日本,表示"),
        ("日本,".encode() + "ﾃｽﾄ".encode("cp932"), "utf-8", "cp932_bytes", "日本,ﾃｽﾄ"),
        ("日本,".encode() + "表示".encode("euc_jp"), "utf-8", "euc_jp_bytes", "日本,表示"),
        ("それはIt".encode() + b"\x92s", "utf-8", "cp1252_bytes", "それはIt’s"),
        (b"caf\xe9,na\xefve", "utf-8", "cp1252_bytes", "café,naïve"),
        (MIXED + b",caf\xe9", "cp932", "cp1252_bytes", "表示,café"),
        (MIXED + b"," + "表示も".encode(), "cp932", "utf8_bytes", "表示,表示も"),
        ("表示".encode("euc_jp") + b"," + "日本語".encode(), "euc_jp", "utf8_bytes", "表示,日本語"),
        (b"a\xffb", "utf-8", "replace_bytes", "a\ufffdb"),
        (MIXED + b"\xa0", "cp932", "replace_bytes", "表示\ufffd"),
    ],
)
def test_the_bytes_are_read_as_what_the_contract_allows(
    data: bytes, encoding: str, repair: str, text: str
) -> None:
    """And the line says which repair it was; without leave the bytes stay bytes."""
    assert decode_line(data, encoding, (repair,)) == (text, (repair,))
    refused, repairs = decode_line(data, encoding)
    assert repairs == ()
    assert "\\x" in without_marks(refused)


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp", "cp1252"])
def test_a_sound_line_is_not_touched(encoding: str) -> None:
    """Whatever is allowed."""
    text = "1,café" if encoding == "cp1252" else "1,配送が「早い」です,ソ十表"
    every = ("utf8_bytes", "cp932_bytes", "euc_jp_bytes", "cp1252_bytes", "replace_bytes")
    assert decode_line(text.encode(encoding), encoding, every) == (text, ())


def test_the_first_repair_that_can_counts() -> None:
    """In the contract's order; what none can is left."""
    assert decode_line(b"\x95\x5c", "utf-8", ("cp932_bytes", "cp1252_bytes"))[1] == ("cp932_bytes",)
    assert decode_line(b"\xff", "utf-8", ("cp932_bytes", "replace_bytes"))[1] == ("replace_bytes",)
    text, repairs = decode_line(b"\xff", "utf-8", ("cp932_bytes",))
    assert (without_marks(text), repairs) == ("\\xff", ())


def test_a_line_says_where_its_first_bad_byte_stands() -> None:
    """Counted in characters of the text that is shown."""
    found = list(lines(["表,a\n".encode() + "表,".encode() + b"\xff\xfe\n"], "utf-8", 100))
    assert found == [Line(1, "表,a", "\n", False), Line(2, "表,\\xff\\xfe", "\n", False, 2)]


def test_half_a_character_of_utf_16_can_be_replaced() -> None:
    """The one repair of an encoding with state."""
    content = "a,b\n".encode("utf-16-le") + b"\x00\xd8x\x00"
    (_, line) = lines([content], "utf-16-le", 100, ("cp932_bytes", "replace_bytes"))
    assert (line.text, line.repairs, line.spot) == ("\ufffd\ufffdx", ("replace_bytes",), -1)
