"""Property: Japanese in any encoding is read as what it is, or refused; never as something else.

Of `glue/pipeline/reading`. It runs here because the Glue environment has no hypothesis.
"""

from __future__ import annotations

import codecs

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.errors import EncodingUnclearError
from pipeline.reading import open_csv
from tests.support.file_bodies import Bytes

ENCODINGS = {
    "utf-8": b"",
    "utf-8 with a mark": codecs.BOM_UTF8,
    "utf-16-le": b"",
    "utf-16-le with a mark": codecs.BOM_UTF16_LE,
    "utf-16-be": b"",
    "utf-16-be with a mark": codecs.BOM_UTF16_BE,
    "cp932": b"",
    "euc_jp": b"",
    "iso2022_jp": b"",
}
# level 1 of JIS X 0208: words of rare kanji alone can be valid UTF-8 by chance
_KANJI = [
    character
    for lead in range(0xB0, 0xD0)
    for cell in range(0xA1, 0xFF)
    if len(character := bytes((lead, cell)).decode("euc_jp", "ignore")) == 1
]
_KANA = [chr(code) for start, end in ((0x3041, 0x3094), (0x30A1, 0x30F7)) for code in range(start, end)]
_HALF_WIDTH = [chr(code) for code in range(0xFF66, 0xFF9E)]
_WORDS = [
    *("配送", "受付", "東京都", "品質", "田中", "が", "を", "です", "ました", "。", "、", "「最高」", "ー"),
    *(
        "表示",
        "ﾃｽﾄ",
        "ﾔﾏﾀﾞ",
        "100円",
        "Ａ",
        "１２",
        "2026年",
        "ソフト",
        "能力",
        "十",
        "―",
        "～",
        "薔薇",
        "齋藤",
    ),
]
_TEXTS = st.one_of(
    st.lists(st.sampled_from(_WORDS), min_size=1, max_size=12).map("".join),
    st.text(st.sampled_from(_KANJI), min_size=1, max_size=8),
    st.text(st.sampled_from(_KANA + _KANJI), min_size=1, max_size=20),
    st.text(st.sampled_from(_HALF_WIDTH), min_size=1, max_size=8),
)


def contract(encoding: str = "auto") -> Contract:
    text = f"""
title: T
source: {{encoding: {encoding}}}
columns:
  - {{name: id, type: integer, required: true}}
  - {{name: text, type: string, header: [text, 本文]}}
record_key: [id]
"""
    return load_contract(text, "t.yaml")


def read(content: bytes, encoding: str = "auto") -> list[str]:
    return [record.raw for record in open_csv(Bytes(content), contract(encoding)).data_records()]


@pytest.mark.parametrize("name", ENCODINGS)
@settings(max_examples=150, deadline=None)
@given(texts=st.lists(_TEXTS, min_size=1, max_size=6), header=st.sampled_from(["id,text", "id,本文"]))
@example(texts=["旦"], header="id,text")
@example(texts=["ﾌﾘｺﾐ"], header="id,text")
@example(texts=["臓臓"], header="id,text")
def test_japanese_is_read_as_it_was_written_or_refused(name: str, texts: list[str], header: str) -> None:
    """Whatever the words, and however few; what the encoding cannot write is left out."""
    encoding = name.partition(" ")[0]
    rows = [f"{number},{text}" for number, text in enumerate(texts, start=1)]
    written = [row.encode(encoding, "ignore").decode(encoding) for row in rows]
    content = ENCODINGS[name] + "\r\n".join([header, *written, ""]).encode(encoding)
    try:
        found = read(content)
    except EncodingUnclearError:
        return
    assert found == written


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_text_of_some_length_is_read(name: str) -> None:
    """A refusal is for what nobody can tell, not for an ordinary file: detected and declared alike."""
    encoding = name.partition(" ")[0]
    rows = [
        f"{number},配送がとても早くて助かりました。能率的な表示、ソフトも「最高」です" for number in range(20)
    ]
    content = ENCODINGS[name] + "\n".join(["id,本文", *rows]).encode(encoding)
    assert read(content) == read(content, encoding) == rows
