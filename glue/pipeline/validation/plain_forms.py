"""The usual way to write a value of a type, read for a whole column at once.

A plain form is narrower than what ``pipeline.values`` reads, and means the same: ASCII, no blanks, no
separators, two digits for a month. Whatever is written otherwise is null here, and Python's business.

Arrow's regular expressions are RE2's: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time
from decimal import Decimal
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.contract.model import Column

Form = Callable[[pa.Array], pa.Array]
"""Cells → values of the column's type, null where the cell is not written so."""

_DIGITS = 18  # that fit 64 bits
_DAY_FORMAT = "%Y-%m-%d"
# no day that a month may lack, no year that an offset can carry beyond 1 to 9999
_FIELDS = {
    "Y": "[1-8][0-9]{3}",
    "m": "0[1-9]|1[0-2]",
    "d": "0[1-9]|1[0-9]|2[0-8]",
    "H": "[01][0-9]|2[0-3]",
    "M": "[0-5][0-9]",
    "S": "[0-5][0-9]",
}
_ISO = (
    r"\A(?:{Y})-(?:{m})-(?:{d})(?:[T ](?:{H}):(?:{M})(?::(?:{S})(?:\.(?:[0-9]{{3}}|[0-9]{{6}}))?)?Z?)?\z"
).format_map(_FIELDS)


def form_of(column: Column, type_: pa.DataType) -> Form | None:
    """Return the plain form of a column that is no string; None where there is none."""
    kind = column.type.name
    if kind in ("integer", "decimal", "double"):
        # a currency may be any text
        if set("".join(column.numbers.currency)) & set("0123456789+-.,"):
            return None
        if kind == "integer":
            return _integers
        if kind == "double":
            return partial(_doubles, sign=column.numbers.decimal)
        before = min(column.type.precision, _DIGITS) - column.type.scale
        return (
            partial(_decimals, sign=column.numbers.decimal, before=before, type_=type_)
            if before > 0
            else None
        )
    if kind == "date":
        iso = _to_iso((column.formats or (_DAY_FORMAT,))[0], "Ymd")
        return partial(_dates, iso=iso) if iso else None
    if kind == "timestamp":
        zone = lru_cache(1 << 12)(partial(_offset, zone=ZoneInfo(column.timezone)))
        if not column.formats:
            return partial(_times, iso=_as_iso, offset=zone)
        iso = _to_iso(column.formats[0], "YmdHMS")
        return partial(_times, iso=iso, offset=zone) if iso else None
    return None


def _integers(cells: pa.Array) -> pa.Array:
    return _only(cells, rf"\A-?[0-9]{{1,{_DIGITS}}}\z").cast(pa.int64())


def _doubles(cells: pa.Array, sign: str) -> pa.Array:
    found = _only(cells, rf"\A-?[0-9]{{1,15}}(?:{re.escape(sign)}[0-9]{{1,15}})?\z")
    return pc.replace_substring(found, sign, ".").cast(pa.float64())


def _decimals(cells: pa.Array, sign: str, before: int, type_: pa.Decimal128Type) -> pa.Array:
    scale = type_.scale
    after = f"(?:{re.escape(sign)}(?P<after>[0-9]{{1,{scale}}}))?" if scale else "(?P<after>)"
    found = pc.extract_regex(cells, rf"\A(?P<before>-?[0-9]{{1,{before}}}){after}\z")
    whole, rest = (pc.struct_field(found, [index]) for index in (0, 1))
    # Arrow before 12 reads no decimals
    units = pc.binary_join_element_wise(whole, pc.utf8_rpad(rest, scale, "0"), "").cast(pa.int64())
    unit = pa.scalar(Decimal(1).scaleb(-scale), pa.decimal128(scale + 1, scale))
    return pc.multiply(units.cast(pa.decimal128(19, 0)), unit).cast(type_)


def _dates(cells: pa.Array, iso: Form) -> pa.Array:
    return iso(cells).cast(pa.timestamp("s")).cast(pa.date32())


def _times(cells: pa.Array, iso: Form, offset: Callable[[str], int | None]) -> pa.Array:
    text = iso(cells)
    utc = pc.ends_with(text, "Z")
    text = pc.utf8_rtrim(text, characters="Z")
    days = pc.utf8_slice_codeunits(text, 0, 10).dictionary_encode()
    offsets = pa.array(map(offset, days.dictionary.to_pylist()), pa.int64())
    ahead = pc.if_else(utc, 0, offsets.take(days.indices))
    local = text.cast(pa.timestamp("us")).view(pa.int64())
    return pc.subtract(local, ahead).view(pa.timestamp("us", tz="UTC"))


def _offset(day: str, zone: ZoneInfo) -> int | None:
    """Microseconds that local time is ahead of UTC by; None on a day when that changes."""
    midnight = datetime.combine(datetime.fromisoformat(day), time.min, zone)
    first, last = midnight.utcoffset(), datetime.combine(midnight, time.max, zone).utcoffset()
    if first is None or first != last:
        return None
    return (first.days * 86_400 + first.seconds) * 1_000_000 + first.microseconds


def _as_iso(cells: pa.Array) -> pa.Array:
    return _only(cells, _ISO)


def _to_iso(format_: str, fields: str) -> Form | None:
    """Return what rewrites texts of a strptime format, the first of its column, to ISO 8601."""
    literals, directives = re.split("%.", format_), re.findall("%(.)", format_)
    numeric = {"Y", "m", "d"} <= set(directives) <= set("YmdHMS") and len(set(directives)) == len(directives)
    used = [field for field in "YmdHMS" if field in directives]
    if not numeric or not format_.isascii() or used != list("YmdHMS"[: len(used)]):
        return None
    pattern = re.escape(literals[0]) + "".join(
        f"({_FIELDS[directive]}){re.escape(literal)}"
        for directive, literal in zip(directives, literals[1:], strict=True)
    )
    wanted = [field for field in used if field in fields]
    iso = "".join(
        ("", "-", "-", " ", ":", ":")[index] + rf"\{directives.index(field) + 1}"
        for index, field in enumerate(wanted)
    )
    if len(wanted) == 4:
        iso += ":00"
    return lambda cells: pc.replace_substring_regex(
        _only(cells, rf"\A{pattern}\z"), pattern=rf"\A{pattern}\z", replacement=iso
    )


def _only(cells: pa.Array, pattern: str) -> pa.Array:
    return pc.if_else(pc.match_substring_regex(cells, pattern), cells, pa.scalar(None, pa.string()))
