"""The plain form of each type: what it takes, and what it leaves to Python."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from pipeline.contract.dialect import NumberFormat
from pipeline.contract.model import Column, ColumnType
from pipeline.validation.plain_forms import form_of

UTC = timezone.utc
TYPES = {
    "integer": pa.int64(),
    "double": pa.float64(),
    "decimal": pa.decimal128(9, 2),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


def read(kind: str, *cells: str, **fields: Any) -> list[Any] | None:
    type_ = ColumnType(kind, 9, 2) if kind == "decimal" else ColumnType(kind)  # type: ignore[arg-type]
    form = form_of(Column(name="c", type=type_, headers=("c",), **fields), TYPES[kind])
    if form is None:
        return None
    found: list[Any] = form(pa.array(cells, pa.string())).to_pylist()
    return found


def test_numbers_without_separators_are_plain() -> None:
    """Nothing else is, not even where Python reads it."""
    assert read("integer", "7", "-07", "+7", "1,000", " 7", "７", "1.0", "") == [7, -7, *([None] * 6)]
    assert read("decimal", "1.5", "-0", "1234567.89", "12345678", "1.505", ".5") == [
        Decimal("1.50"), Decimal("0.00"), Decimal("1234567.89"), None, None, None
    ]  # fmt: skip
    assert read("double", "0.1", "-2", "1e3", "inf", "5\n") == [0.1, -2.0, None, None, None]


def test_the_decimal_sign_is_the_contracts() -> None:
    """A currency of digits and signs could be part of any number."""
    european = NumberFormat(decimal=",", thousands=".")
    assert read("decimal", "1,5", "1.5", numbers=european) == [Decimal("1.50"), None]
    assert read("integer", "1", numbers=NumberFormat(currency=("1",))) is None


def test_days_that_every_month_has_are_plain() -> None:
    """In the first format of the column, as an earlier one may read the same text otherwise."""
    cells = ("2024-02-28", "2024-02-29", "2024-2-3", "0999-01-01", "2024-13-01")
    assert read("date", *cells) == [date(2024, 2, 28), None, None, None, None]
    assert read("date", "03/04/2024", "2024-03-04", formats=("%d/%m/%Y", "%Y-%m-%d")) == [
        date(2024, 4, 3),
        None,
    ]
    assert read("date", "2024年1月2日", formats=("%Y年%m月%d日",)) is None
    assert read("date", "02 Jan 2024", formats=("%d %b %Y",)) is None


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-01-02 03:04:05", datetime(2024, 1, 2, 8, 4, 5, tzinfo=UTC)),
        ("2024-07-02T03:04", datetime(2024, 7, 2, 7, 4, tzinfo=UTC)),
        ("2024-07-02", datetime(2024, 7, 2, 4, tzinfo=UTC)),
        ("2024-07-02 03:04:05.123456Z", datetime(2024, 7, 2, 3, 4, 5, 123456, tzinfo=UTC)),
        ("1850-01-02 00:00:00", datetime(1850, 1, 2, 4, 56, 2, tzinfo=UTC)),
        ("2024-03-10 12:00:00", None),
        ("2024-07-02 24:00", None),
        ("2024-07-02 03:04:05+09:00", None),
    ],
)
def test_local_times_are_plain_on_days_with_one_offset(cell: str, expected: datetime | None) -> None:
    """The day on which the clocks change is Python's."""
    assert read("timestamp", cell, timezone="America/New_York") == [expected]


def test_a_format_with_a_clock_is_plain_too() -> None:
    """Without seconds as well."""
    assert read("timestamp", "2024/01/02 03:04", formats=("%Y/%m/%d %H:%M",)) == [
        datetime(2024, 1, 2, 3, 4, tzinfo=UTC)
    ]
