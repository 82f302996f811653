"""Which encoding a file has, by its bytes."""

from __future__ import annotations

import pytest

from pipeline.reading.encoding import encoding_of

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
        (b"a,b\n1,2\n" * 20, "utf-8"),
        ("id,text\n1,hello\n".encode("utf-16-le"), "utf-16-le"),
        ("id,text\n1,hello\n".encode("utf-16-be"), "utf-16-be"),
        (b"", "utf-8"),
        ("id,名\n1,½ café ñ\n".encode(), "utf-8"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 5, 1 << 16])
def test_the_encoding_of_a_sound_file(content: bytes, encoding: str, chunk: int) -> None:
    """By its mark, else by evidence; plain ASCII counts as UTF-8."""
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
