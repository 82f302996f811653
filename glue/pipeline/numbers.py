"""Numbers as people write them → digits that Python reads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from pipeline.contract.dialect import NumberFormat

_TRIANGLES = "△▲"
_CURRENCY = re.compile(r"[円元원]|" + "|".join(map(re.escape, "$¥€£₩₹")))
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9.]*,[0-9]{1,2}")


def plain(text: str) -> str:
    """Full-width digits, signs and letters as half-width ones."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).replace("−", "-")


def digits_of(format_: NumberFormat) -> Callable[[str], str]:
    """Return what turns a cell's text into digits with a point; text that is no number stays none."""
    separators = "'\u2019" if format_.thousands == "'" else format_.thousands
    separator = f"[{re.escape(separators)}]" if separators else "(?!)"
    grouped = re.compile(rf"([+-]?[0-9]{{1,3}})((?:{separator}[0-9]{{3}})+)(?![0-9]|{separator})")
    decorated = bool(format_.negative or format_.currency)
    currencies = tuple(plain(text) for text in format_.currency)

    def digits(text: str) -> str:
        text = plain(text)
        if decorated:
            text = _undecorated(text, format_.negative, currencies)
        if any(map(text.__contains__, separators)) and (match := grouped.match(text)):
            text = re.sub(separator, "", match[0]) + text[match.end() :]
        if format_.decimal != ".":
            text = "" if "." in text else text.replace(format_.decimal, ".")
        return text

    return digits


def hint(text: str, format_: NumberFormat) -> str:
    """Return which field of the contract would read a text that is no number, as the end of a sentence.

    A field that the contract has already is no help.
    """
    text = plain(text)
    written = {
        "triangle": text[:1] != "" and text[:1] in _TRIANGLES,
        "parentheses": text.startswith("(") and text.endswith(")"),
        "trailing": text.endswith("-"),
    }
    for negative, found in written.items():
        if found and negative not in format_.negative:
            return f"; source.negative: [{negative}] reads it"
    if set(_CURRENCY.findall(text)) - {plain(known) for known in format_.currency}:
        return "; the column's currency can name what stands beside the number"
    if format_.decimal != "," and _DECIMAL_COMMA.fullmatch(text):
        return "; source.decimal: ',' reads it"
    return ""


def _undecorated(text: str, negative: tuple[str, ...], currencies: tuple[str, ...]) -> str:
    """Return the number without currency and brackets, its sign before it; two signs are no number."""
    signs: list[str] = []
    while True:
        before = text
        if "parentheses" in negative and text.startswith("(") and text.endswith(")"):
            text = text[1:-1]
            signs.append("-")
        elif text[:1] and text[0] in _TRIANGLES and "triangle" in negative:
            text = text[1:]
            signs.append("-")
        elif text.endswith("-") and "trailing" in negative:
            text = text[:-1]
            signs.append("-")
        elif text[:1] in ("+", "-"):
            signs.append(text[0])
            text = text[1:]
        for currency in currencies:
            text = text.removeprefix(currency) if text.startswith(currency) else text.removesuffix(currency)
        text = text.strip()
        if text == before:
            break
    return "".join(signs) + text
