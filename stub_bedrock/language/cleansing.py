"""Text without its dirt: markup, entities, control characters, odd widths, runs of spaces and marks."""

import html
import re

from stub_bedrock.language.script import nfkc, portions

_INLINE = re.compile(
    r"</?(?:a|b|i|u|em|strong|span|small|font|mark|code|sub|sup)(?:\s[^<>]{0,500})?>", re.IGNORECASE
)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffd]")
_SPACE = re.compile(r"\s+")
_REPEATED = re.compile(r"([!?！？。、,~〜ー*=_\-#])\1{2,}")


_LONG_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")  # no character has such a number


def cleanse(text: str) -> str:
    """Return one line of clean text, NFKC, empty where there was only dirt."""
    return " ".join(filter(None, map(_cleansed, portions(_without_comments(text)))))


def _cleansed(text: str) -> str:
    unescaped = html.unescape(_LONG_REFERENCE.sub("\ufffd", text))
    without_markup = _MARKUP.sub(" ", _INLINE.sub("", unescaped))
    plain = _CONTROL.sub("", nfkc(without_markup).encode("utf-8", "ignore").decode())
    return _SPACE.sub(" ", _REPEATED.sub(r"\1", plain)).strip()


def _without_comments(text: str) -> str:
    """Take `<!-- … -->` out of the text. Not by an expression: on many openings that takes quadratic time."""
    first, *commented = text.split("<!--")
    kept = [first]
    for part in commented:
        comment, closing, after = part.partition("-->")
        kept.append(after if closing else f"<!--{comment}")
    return "".join(kept)
