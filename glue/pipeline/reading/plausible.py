"""How much a text looks like Japanese that people write: counts of kinds of characters.

Bytes of one Japanese encoding are often sound in another, but then they read as half-width katakana, as kanji
that hardly anybody uses, or as private-use characters.
"""

from __future__ import annotations

import re
from typing import NamedTuple


def _rows(first: int, last: int) -> str:
    """The characters of these rows of JIS X 0208."""
    cells = range(0xA1, 0xFF)
    pairs = (bytes((0xA0 + row, cell)) for row in range(first, last + 1) for cell in cells)
    return "".join(pair.decode("euc_jp", "ignore") for pair in pairs)


# symbols, full-width letters and digits, kana; the kanji of level 1; the signs that Windows added (①, ㈱, №)
_WINDOWS_SIGNS = bytes(byte for cell in range(0x40, 0x9D) if cell != 0x7F for byte in (0x87, cell))
_WINDOWS = _WINDOWS_SIGNS.decode("cp932", "ignore") + "～－―∥￠￡￢髙﨑"
_USUAL = re.compile(f"[{re.escape(_rows(1, 5) + _rows(16, 47) + _WINDOWS)}]")
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
