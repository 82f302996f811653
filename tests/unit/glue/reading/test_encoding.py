"""Which encoding a file has, by its bytes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.errors import EncodingUnclearError
from pipeline.reading import plausible
from pipeline.reading.encoding import LOOKED_AT, encoding_of

JAPANESE = "受付番号,ご意見\n1,配送が早くて助かりました\n2,ソフトが能率よく動く表\n"


def detect(content: bytes, declared: str = "auto", chunk: int = 1 << 16) -> str:
    return encoding_of((content[start : start + chunk] for start in range(0, len(content), chunk)), declared)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (JAPANESE.encode(), "utf-8"),
        (JAPANESE.encode("utf-8-sig"), "utf-8"),
        (JAPANESE.encode("cp932"), "cp932"),
        (JAPANESE.encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + JAPANESE.encode("utf-16-be"), "utf-16-be"),
        (JAPANESE.encode("utf-16-le"), "utf-16-le"),
        (JAPANESE.encode("utf-16-be"), "utf-16-be"),
        (JAPANESE.encode("euc_jp"), "euc_jp"),
        (JAPANESE.encode("iso2022_jp"), "iso2022_jp"),
        (b"a,b\n1,2\n" * 20, "utf-8"),
        ("id,text\n1,hello\n".encode("utf-16-le"), "utf-16-le"),
        ("id,text\n1,hello\n".encode("utf-16-be"), "utf-16-be"),
        (b"", "utf-8"),
        ("id,名\n1,½ café ñ\n".encode(), "utf-8"),
        ("id,text\n1,½ café ñ\n".encode(), "utf-8"),
        ("id,price\n1,¥100\n2,£3\n3,20°\n".encode(), "utf-8"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 5, 1 << 16])
def test_the_encoding_of_a_sound_file(content: bytes, encoding: str, chunk: int) -> None:
    """By its mark, else by evidence; plain ASCII counts as UTF-8. EUC-JP is no CP932 of half-width kana."""
    assert detect(content, chunk=chunk) == encoding


def test_a_broken_row_does_not_turn_a_utf_8_file_into_cp932() -> None:
    """The majority of the lines decides."""
    assert detect(JAPANESE.encode() + "3,混ざった行\n".encode("cp932")) == "utf-8"
    assert detect(JAPANESE.encode("cp932") + "3,混ざった行\n".encode()) == "cp932"


def test_japanese_that_starts_late_is_still_found() -> None:
    """A long ASCII beginning is no evidence."""
    assert detect(b"1,ascii only\n" * 200_000 + "2,日本語\n".encode("cp932")) == "cp932"


def test_a_declared_encoding_is_taken_at_its_word() -> None:
    """shift_jis means CP932, as programs that write it do; utf-16 follows the mark."""
    assert detect(JAPANESE.encode(), "cp932") == "cp932"
    assert detect(b"a", "shift_jis") == "cp932"
    assert detect(JAPANESE.encode("utf-16"), "utf-16") == "utf-16-le"
    assert detect(b"\xfe\xff" + JAPANESE.encode("utf-16-be"), "utf-16") == "utf-16-be"


@pytest.mark.parametrize(
    "content",
    [
        "id,kana\n1,ﾌﾘｺﾐ\n".encode("cp932"),  # in EUC-JP: kanji
        "id,kana\n1,ﾌﾘｺﾐ\n".encode("euc_jp"),  # in CP932: kanji
        "id,text\n1,旦\n".encode("euc_jp"),  # in UTF-8: é
        "id,text\n1,© us\n".encode(),  # in EUC-JP: a kanji
        "id,text\n1,薔薇\n".encode("cp932"),  # rare kanji only
        (JAPANESE.encode("cp932") + JAPANESE.encode()),  # half and half
        (JAPANESE.encode("iso2022_jp") + JAPANESE.encode()),
        "id,text\n1,日本\n".encode("utf-32"),
    ],
)
def test_what_reads_equally_well_in_two_encodings_is_refused(content: bytes) -> None:
    """With the field to set: nothing is guessed."""
    with pytest.raises(EncodingUnclearError, match="unclear"):
        detect(content)


def test_ascii_is_no_evidence() -> None:
    """A letter, a brace or a caret speaks for nothing: an object of JSON with one Japanese key is UTF-8."""
    assert not [chr(code) for code in range(128) if plausible.has_usual(chr(code))]
    assert detect('{"id": 1, "番号": 2}\n'.encode()) == "utf-8"


def test_half_width_kana_beside_other_japanese_are_no_riddle() -> None:
    """A column of readings, as Japanese systems write it, with a Japanese header."""
    text = "番号,氏名,フリガナ\n" + "1,山田,ﾔﾏﾀﾞ\n2,佐藤,ｻﾄｳ\n" * 50
    assert detect(text.encode("cp932")) == "cp932"
    assert detect(("番号,フリガナ\n" + "1,ﾔﾏﾀﾞ\n2,ｻﾄｳｻﾝ\n" * 50).encode("cp932")) == "cp932"


def test_text_of_no_encoding_is_left_to_its_rows() -> None:
    """A single broken byte in an ASCII file costs its row, not the file."""
    assert detect(b"id,text\n1,fine\n2,\xff\n") == "utf-8"


def test_no_more_than_the_first_bytes_are_looked_at() -> None:
    """A file of any size costs the driver the same."""
    asked = 0

    def chunks() -> Iterator[bytes]:
        nonlocal asked
        for _ in range(64):
            asked += 1
            yield b"1,ascii only\n" * (1 << 16)

    assert encoding_of(chunks(), "auto") == "utf-8"
    assert asked <= LOOKED_AT // (13 << 16) + 1


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("编号,意见\n1,这个产品的质量非常好，下次还会购买\n2,快递太慢了，等了一个星期\n", "gbk"),
        ("번호,의견\n1,배송이 빨라서 좋았습니다\n2,품질이 좋지 않아요\n", "euc_kr"),
        ("id,text\n" + "1,déjà vu à Orléans, très bien\n" * 9, "cp1252"),
    ],
    ids=["Chinese", "Korean", "French"],
)
def test_another_language_is_no_japanese(text: str, encoding: str) -> None:
    """Its bytes may be kanji of EUC-JP or CP932; it is refused, and no row is read as such."""
    with pytest.raises(EncodingUnclearError):
        detect(text.encode(encoding))


def test_no_more_than_the_first_8_mib_are_read_of_an_ascii_file() -> None:
    """On the driver; what comes later is asked by the tasks that read it."""
    read = 0

    def chunks() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1 << 20
            yield b"1,delivery\n" * 95_000 + bytes(3_576).replace(b"\0", b"x")

    assert encoding_of(chunks(), "auto") == "utf-8"
    assert read <= LOOKED_AT + (1 << 20)
