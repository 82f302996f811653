"""The kinds of dirt that a whole record of a CSV can have. A new kind is one more entry of ``FLAWS``.

Its name goes into ``pipeline.reasons`` as well, a file that has it into ``data/generator/dirty.py``. What is
wrong with a single cell is found by ``pipeline.validation.column_check`` and ``pipeline.values`` instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline import reasons


@dataclass(frozen=True)
class Flaw:
    """One kind of dirt: ``reason`` and ``detail`` are what the quarantine says of a record that has it."""

    reason: str
    detail: str
    in_header: str | None
    """What HeaderError says of a header line that has it (``{encoding}``: the file's); None: nothing."""
    find: Callable[[str], int] | None = None
    """Where the raw text of a record has it, -1 nowhere; None: ``lines`` or ``splitting`` find it while they
    read.
    """

    def spot(self, raw: str, found: int) -> int:
        """Return the place in a record; ``found`` is the one that was found while reading."""
        return self.find(raw) if self.find is not None else found


def _nul(raw: str) -> int:
    return raw.find("\0")


FLAWS = (
    Flaw(
        reasons.INVALID_BYTES,
        detail="bytes that are no characters in the file's encoding stand as \\xNN: correct them, set"
        " source.encoding, or allow what they are in source.repair (e.g. cp932_bytes, cp1252_bytes)",
        in_header="it has bytes that are not {encoding}: correct it, or set source.encoding",
    ),
    Flaw(
        reasons.RECORD_TOO_LONG,
        detail="longer than source.max_record_characters; the beginning is kept",
        in_header="the line is too long to be a header",
    ),
    Flaw(
        reasons.STRAY_QUOTE,
        detail="text follows a closing quote: double the quotes inside a cell",
        in_header="text follows a closing quote",
    ),
    Flaw(
        reasons.UNCLOSED_QUOTE,
        detail="a quote is opened and never closed; reading went on with the next line",
        in_header="a quote is never closed",
    ),
    Flaw(
        reasons.NUL_CHARACTER,
        detail="a NUL character stands in the record",
        in_header=None,
        find=_nul,
    ),
)
_BY_REASON = {flaw.reason: flaw for flaw in FLAWS}
_IN_TEXT = tuple((flaw.find, flaw) for flaw in FLAWS if flaw.find is not None)


def flaw_of(reason: str | None, raw: str) -> Flaw | None:
    """Return the flaw of a record, None when it has none.

    ``reason`` is what reading found (``RawRecord.flaw``); without one, its text ``raw`` is looked at.
    """
    if reason is not None:
        return _BY_REASON[reason]
    return next((flaw for find, flaw in _IN_TEXT if find(raw) >= 0), None)


def header_problem(reason: str, encoding: str) -> str:
    """Say what is wrong with a header line that has the flaw ``reason``."""
    text = _BY_REASON[reason].in_header
    return text.format(encoding=encoding) if text is not None else reason
