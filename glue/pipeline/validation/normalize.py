"""The Unicode form of a text: what looks the same is the same.

Zero-width characters and marks of direction are removed: nobody sees them, and a key with one is another key.
NFC keeps the two joiners, which make one emoji of several and write Indic and Persian words; NFKC, which is
for keys, removes them and the selectors of a glyph's style.

https://www.unicode.org/reports/tr15/
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_INVISIBLE = "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_JOINERS_AND_STYLES = "\u200c\u200d\ufe0e\ufe0f"
_REMOVED = {
    "nfc": re.compile(f"[{_INVISIBLE}]"),
    "nfkc": re.compile(f"[{_INVISIBLE}{_JOINERS_AND_STYLES}]"),
}


def normalizer_of(form: str) -> Callable[[str], str]:
    """Return what brings a text to a form of the contract: ``none``, ``nfc`` or ``nfkc``."""
    removed = _REMOVED.get(form)
    if removed is None:
        return str
    upper = form.upper()

    def normalize(text: str) -> str:
        if text.isascii():
            return text
        return unicodedata.normalize(upper, removed.sub("", text))  # type: ignore[arg-type]

    return normalize
