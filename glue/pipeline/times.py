"""Dates and times in the formats of a contract, several times faster than ``datetime.strptime``.

Formats of numbers only (%Y %m %d %H %M %S and the text between them) become one regular expression each, with
the digits that strptime takes; every other format is strptime's own business.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache

_DIRECTIVES = {
    "Y": r"(?P<Y>\d{4})",
    "m": r"(?P<m>1[0-2]|0[1-9]|[1-9])",
    "d": r"(?P<d>3[01]|[12]\d|0[1-9]|[1-9])",
    "H": r"(?P<H>2[0-3]|[01]\d|\d)",
    "M": r"(?P<M>[0-5]\d|\d)",
    "S": r"(?P<S>[0-5]\d|\d)",
}
_FIELDS = "YmdHMS"
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)([.,]\d{1,9})?\s?(Z|[+-]\d{2}:?\d{2})?")

Reader = Callable[[str], "datetime | None"]


@cache
def reader_of(formats: tuple[str, ...]) -> Reader:
    """Text → time by the first format that fits, None when none does. No formats: ISO 8601."""
    if not formats:
        return iso
    readers = [_numeric(format_) or _by_strptime(format_) for format_ in formats]

    def read(text: str) -> datetime | None:
        for reader in readers:
            found = reader(text)
            if found is not None:
                return found
        return None

    return read


def iso(text: str) -> datetime | None:
    """ISO 8601 with what people leave out: a date alone, no seconds, ``Z``, an offset without its colon."""
    match = _ISO.fullmatch(text)
    try:
        if not match:
            return datetime.combine(date.fromisoformat(text), datetime.min.time())
        day, clock, fraction, offset = match.groups()
        micro = (fraction or ".")[1:7].ljust(6, "0")
        seconds = clock if len(clock) > 5 else f"{clock}:00"
        offset = "+00:00" if offset == "Z" else offset or ""
        if offset and ":" not in offset:
            offset = f"{offset[:3]}:{offset[3:]}"
        return datetime.fromisoformat(f"{day}T{seconds}.{micro}{offset}")
    except ValueError:
        return None


def _by_strptime(format_: str) -> Reader:
    def read(text: str) -> datetime | None:
        try:
            return datetime.strptime(text, format_)
        except ValueError:
            return None

    return read


def _numeric(format_: str) -> Reader | None:
    parts = re.split(r"%(.)", format_)
    directives = parts[1::2]
    if not {"Y", "m", "d"} <= set(directives) <= set(_FIELDS) or len(set(directives)) < len(directives):
        return None
    # strptime takes any run of blanks for a blank, and letters in either case
    literals = [r"\s+".join(map(re.escape, re.split(r"\s+", part))) for part in parts[0::2]]
    text = literals[0] + "".join(
        _DIRECTIVES[directive] + literal for directive, literal in zip(directives, literals[1:], strict=True)
    )
    pattern = re.compile(text, re.IGNORECASE)
    used = [field for field in _FIELDS if field in directives]
    if used != list(_FIELDS[: len(used)]):
        return None  # hours are missing, minutes are not: leave it to strptime

    def read(value: str) -> datetime | None:
        match = pattern.fullmatch(value)
        if match is None:
            return None
        try:
            year, month, day, *clock = map(int, match.group(*used))
            hour, minute, second = (*clock, 0, 0, 0)[:3]
            return datetime(year, month, day, hour, minute, second)
        except ValueError:  # the 30th of February
            return None

    return read
