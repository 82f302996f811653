"""How much a text looks like Japanese that people write: counts of kinds of characters.

Bytes of one Japanese encoding are often sound in another, but then they read as half-width katakana, as kanji
that hardly anybody uses, or as private-use characters.
"""

from __future__ import annotations

import re
from typing import NamedTuple


def _characters(encoding: str, leads: range, cells: range) -> str:
    """Return the characters of two bytes."""
    pairs = (bytes((lead, cell)).decode(encoding, "ignore") for lead in leads for cell in cells)
    return "".join(pair for pair in pairs if len(pair) == 1 and not pair.isascii())


# of JIS X 0208 the signs, full-width letters and digits, kana (rows 1 to 5), and the kanji of level 1 (16 to
# 47); besides, what Windows added: ①, ㈱, №
_CELLS = range(0xA1, 0xFF)
_USUAL = re.compile(
    f"[{re.escape(_characters('euc_jp', range(0xA1, 0xA6), _CELLS))}"
    f"{re.escape(_characters('euc_jp', range(0xB0, 0xD0), _CELLS))}"
    f"{_characters('cp932', range(0x87, 0x88), range(0x40, 0x9D))}～－―∥￠￡￢髙﨑]"
)
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")
_HALF_WIDTH_SIGNS = re.compile("[\uff61-\uff65]")
_KANA = re.compile("[ぁ-ゖァ-ヶ]")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufdd0-\ufdef\ufffd-\uffff]")
_ASCII = re.compile("[\t\n\r -~]")


class Kinds(NamedTuple):
    """Characters of a text beyond ASCII, by kind. ``usual``: what Japanese is written with."""

    usual: int
    rare: int
    private: int
    half_width: int

    @property
    def only_half_width(self) -> bool:
        return self.half_width > 0 and not self.usual + self.rare + self.private


def kinds(text: str) -> Kinds:
    """Count the characters beyond ASCII."""
    usual, half, private = (len(kind.findall(text)) for kind in (_USUAL, _HALF_WIDTH, _NO_TEXT))
    ascii_ = len(_ASCII.findall(text))
    return Kinds(usual, len(text) - ascii_ - usual - half - private, private, half)


def has_usual(text: str) -> bool:
    """Say whether a character of everyday Japanese beyond ASCII is in it."""
    return _USUAL.search(text) is not None


def has_kana(text: str) -> bool:
    return _KANA.search(text) is not None


def odd_half_width(text: str) -> bool:
    """Say whether a text of half-width katakana has more ｡｢｣､･ than words have: it is EUC-JP's kana."""
    return 4 * len(_HALF_WIDTH_SIGNS.findall(text)) >= len(_HALF_WIDTH.findall(text))


def readable(text: str) -> float:
    """Share of the characters that are ASCII or everyday Japanese, 0 to 1; for a text without any, 0."""
    counted = kinds(text)
    good = len(_ASCII.findall(text)) + counted.usual + counted.half_width
    return good / len(text) if text else 0.0
