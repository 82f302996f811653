"""Which encoding the bytes of a text speak for, line by line.

A line with a byte above 0x7F is read in each encoding that can be meant. What it reads as is evidence: for an
encoding the characters of everyday Japanese (UTF-8: any character, as hardly any other text is valid UTF-8),
against it bytes that are no characters, rare kanji, private-use characters. A line that reads equally well
in two encodings says nothing: half-width katakana in CP932 are kanji in EUC-JP and the other way round, and
two bytes of UTF-8 may be a kanji in EUC-JP. Chinese and Korean read as EUC-JP have no kana.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from pipeline.reading import plausible
from pipeline.reading.codec import decoded

CANDIDATES = ("utf-8", "cp932", "euc_jp")
LINES = 2000
_CONFIDENT = 0.6
_AHEAD = 0.25
_FEW = 5
_HIGH = re.compile(rb"[\x80-\xff]")
_LONG_SEQUENCE = re.compile(rb"[\xe0-\xf4][\x80-\xbf]{2}")
# an accented letter stands in a word, a sign beside a number: é of "café" would be the kanji 旦 in EUC-JP
_LATIN = re.compile(
    rb"[a-z][\xc2-\xdf][\x80-\xbf]|[\xc2-\xdf][\x80-\xbf][a-z]|\xc2[\xa3\xa5][0-9]|[0-9]\xc2[\xb0\xb1]"
)


class Evidence:
    """Collects lines; ``verdict`` says what they amount to."""

    def __init__(self, enough: int = LINES) -> None:
        self.enough = enough
        """Lines that speak for an encoding; no more are looked at."""
        self.escapes = False
        """An escape sequence of ISO-2022-JP was seen."""
        self.lines = 0
        """Lines that spoke for an encoding."""
        self.silent = 0
        """Lines that read equally well in two."""
        self.unreadable = 0
        """Lines that are no text in any of them."""
        self._seen = 0
        self._kana = False
        self._for: Counter[str] = Counter()
        self._all: Counter[str] = Counter()

    def add(self, lines: Iterable[bytes]) -> None:
        """Look at lines until there are enough."""
        for line in lines:
            if self.lines >= self.enough:
                return
            self._seen += 1
            if _HIGH.search(line):
                self._add(line)

    def _add(self, line: bytes) -> None:
        readings = {name: text for name in CANDIDATES if (text := decoded(line, name)) is not None}
        if "utf-8" in readings and _LATIN.search(line):
            readings = {"utf-8": readings["utf-8"]}
        if not readings:
            self.unreadable += 1
            return
        if _says_nothing(line, readings):
            self.silent += 1
            return
        self.lines += 1
        self._kana = self._kana or plausible.has_kana(readings.get("euc_jp", ""))
        for name in CANDIDATES:
            text = readings.get(name)
            if text is None:
                self._all[name] += len(_HIGH.findall(line)) // 2 + 1
                continue
            counted = plausible.kinds(text)
            if name == "utf-8":
                usual = whole = sum(counted)
            else:
                usual = counted.usual
                whole = counted.usual + counted.rare + 2 * counted.private
            self._for[name] += usual
            self._all[name] += whole

    def merge(self, other: Evidence) -> None:
        """Take what another part of the file says."""
        self.escapes |= other.escapes
        self.lines += other.lines
        self.silent += other.silent
        self.unreadable += other.unreadable
        self._seen += other._seen
        self._kana |= other._kana
        self._for.update(other._for)
        self._all.update(other._all)

    def scores(self) -> dict[str, float]:
        """Return encoding → 0 to 1, the best first."""
        found = {name: self._for[name] / self._all[name] if self._all[name] else 0.0 for name in CANDIDATES}
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def verdict(self, known: str | None = None) -> str | None:
        """Return the encoding; None where it is unclear. A file without any evidence is UTF-8.

        ``known``: what another part of the file has shown; it need not be shown again.

        A few lines that nobody can read are those rows' fault; many are another encoding.
        """
        if self.unreadable > max(_FEW, self.lines, self._seen // 100):
            return None
        if not self.lines:
            if known not in (None, "utf-8"):  # UTF-8 may be no more than ASCII so far
                return known
            return None if self.silent else "utf-8"
        (best, score), (_, second), *_ = self.scores().items()
        sure = score >= _CONFIDENT and score - second >= _AHEAD
        return best if sure and (best != "euc_jp" or self._kana or known == best) else None


def _says_nothing(line: bytes, readings: dict[str, str]) -> bool:
    if "utf-8" in readings:
        others = (text for name, text in readings.items() if name != "utf-8")
        return not _LONG_SEQUENCE.search(line) and any(map(_may_be_meant, others))
    # of the first bytes of CP932's usual characters what both can read has 8E and 8F only, so CP932 is no
    # more than possible
    return len(readings) > 1 and _may_be_meant(readings["cp932"])


def _may_be_meant(text: str) -> bool:
    """Whether a reading that is valid is words rather than noise."""
    counted = plausible.kinds(text)
    return counted.usual > 0 or (counted.only_half_width and not plausible.odd_half_width(text))
