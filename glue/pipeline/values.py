"""Text of a cell → value of a type: what the contract's types mean. No Spark in here."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Context, Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pipeline import reasons
from pipeline.contract.dialect import NumberFormat
from pipeline.numbers import digits_of, hint, plain
from pipeline.times import reader_of

if TYPE_CHECKING:
    from pipeline.contract.model import Column

Parser = Callable[[str], Any]

TRUE = ("true", "t", "yes", "y", "1", "はい", "有")
FALSE = ("false", "f", "no", "n", "0", "いいえ", "無")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_MIDNIGHT_24 = re.compile(r"(?<![0-9])24((?:[:時]00)(?:[:分](?:00)?)?)(?![0-9:分.,])")
_BIGINT = 2**63


class Rejected(ValueError):  # noqa: N818 - a verdict on a cell, caught a few lines up, no error of the program
    """The cell does not hold what the contract says; ``why`` ends a sentence that begins with the column."""

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(reason, why)
        self.reason = reason
        self.why = why


def parser_of(column: Column) -> Parser:
    """Return the parser for a column's cells that are not empty; it raises Rejected."""
    kind = column.type.name
    digits = partial(_digits, digits_of=digits_of(column.numbers), format_=column.numbers)
    if kind == "integer":
        return partial(_integer, digits_of=digits)
    if kind == "decimal":
        return partial(_decimal, digits_of=digits, precision=column.type.precision, scale=column.type.scale)
    if kind == "double":
        return partial(_double, digits_of=digits)
    if kind == "boolean":
        true = {plain(text) for text in column.true_values or TRUE}
        false = {plain(text) for text in column.false_values or FALSE}
        return partial(_boolean, true=frozenset(true), false=frozenset(false))
    if kind == "date":
        return partial(_date, formats=column.formats)
    if kind == "timestamp":
        zone = ZoneInfo(column.timezone)
        return partial(_timestamp, formats=column.formats, zone=zone, midnight_24=column.midnight_24)
    return str


def _digits(
    text: str, digits_of: Callable[[str], str], format_: NumberFormat, number: re.Pattern[str], kind: str
) -> str:
    digits = digits_of(text)
    if not number.fullmatch(digits):
        raise Rejected(reasons.INVALID_NUMBER, f"is no {kind}{hint(text, format_)}")
    return digits


def _integer(text: str, digits_of: Callable[..., str]) -> int:
    digits = digits_of(text, number=_INTEGER, kind="whole number")
    if len(digits) > 20 or not -_BIGINT <= int(digits) < _BIGINT:
        raise Rejected(reasons.OUT_OF_RANGE, "does not fit 64 bits")
    return int(digits)


def _decimal(text: str, digits_of: Callable[..., str], precision: int, scale: int) -> Decimal:
    digits = digits_of(text, number=_NUMBER, kind="number")
    value = Decimal(digits)
    if value and value.adjusted() >= precision - scale:
        raise Rejected(reasons.OUT_OF_RANGE, f"has more than {precision - scale} digits before the point")
    exact = Context(prec=len(digits) + precision)  # the default rounds to 28 digits
    exponent = value.normalize(exact).as_tuple().exponent
    if value and isinstance(exponent, int) and -exponent > scale:
        raise Rejected(reasons.INVALID_NUMBER, f"has more than {scale} digits after the point")
    return value.quantize(Decimal(1).scaleb(-scale), context=exact) if value else Decimal(0).scaleb(-scale)


def _double(text: str, digits_of: Callable[..., str]) -> float:
    digits = digits_of(text, number=_NUMBER, kind="number")
    value = float(digits)
    if math.isinf(value):
        raise Rejected(reasons.OUT_OF_RANGE, "is too large")
    return value


def _boolean(text: str, true: frozenset[str], false: frozenset[str]) -> bool:
    found = plain(text)
    for candidate in (found, found.casefold()):
        if candidate in true:
            return True
        if candidate in false:
            return False
    listed = ", ".join(sorted(true | false))
    raise Rejected(reasons.INVALID_BOOLEAN, f"is none of {listed}")


def _date(text: str, formats: tuple[str, ...]) -> date:
    found = reader_of(formats or ("%Y-%m-%d",))(plain(text))
    if found is None:
        expected = f"in any of the formats {', '.join(formats)}" if formats else "like 2024-01-31"
        raise Rejected(reasons.INVALID_DATE, f"is no date {expected}")
    return found.date()


def _timestamp(text: str, formats: tuple[str, ...], zone: ZoneInfo, midnight_24: bool) -> datetime:
    read, text = reader_of(formats), plain(text)
    found = read(text)
    if found is None and (midnight := _MIDNIGHT_24.sub(r"00\1", text)) != text:
        day = read(midnight)
        if day is not None and not midnight_24:
            raise Rejected(reasons.INVALID_TIMESTAMP, "is no time; midnight_24 of the column reads it")
        found = _next(day) if day is not None else None
    if found is None:
        expected = f"in any of the formats {', '.join(formats)}" if formats else "like 2024-01-31 12:34:56"
        raise Rejected(reasons.INVALID_TIMESTAMP, f"is no time {expected}")
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(timezone.utc)
    except OverflowError:
        raise Rejected(reasons.OUT_OF_RANGE, "is beyond the years 1 to 9999") from None


def _next(day: datetime) -> datetime:
    try:
        return day + timedelta(days=1)
    except OverflowError:
        raise Rejected(reasons.OUT_OF_RANGE, "is beyond the years 1 to 9999") from None
