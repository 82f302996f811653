"""Cells to values: what each type takes, and the reason for what it refuses."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest

from pipeline.contract.dialect import NumberFormat
from pipeline.contract.model import Column, ColumnType
from pipeline.times import reader_of
from pipeline.validation.column_check import ColumnCheck
from pipeline.values import Rejected


def column(type_: str, **fields: Any) -> Column:
    name, _, sizes = type_.partition("(")
    precision, scale = (int(size) for size in sizes.rstrip(")").split(",")) if sizes else (0, 0)
    return Column(name="c", type=ColumnType(name, precision, scale), headers=("c",), **fields)  # type: ignore[arg-type]


def value(cell: str, type_: str, **fields: Any) -> Any:
    return ColumnCheck(column(type_, **fields), 1_000).value(cell)


@pytest.mark.parametrize(
    ("type_", "cell", "expected"),
    [
        ("integer", " 12 ", 12),
        ("integer", "-1,234,567", -1_234_567),
        ("integer", "１２３", 123),
        ("integer", "", None),
        ("decimal(5,2)", "1.5", Decimal("1.50")),
        ("decimal(5,2)", "0", Decimal("0.00")),
        ("decimal(5,2)", "1.500", Decimal("1.50")),
        ("decimal(5,2)", "999.99", Decimal("999.99")),
        ("decimal(5,2)", "1e2", Decimal("100.00")),
        ("decimal(38,10)", "-9223372036854775808", Decimal("-9223372036854775808.0000000000")),
        ("double", "1.5e3", 1500.0),
        ("double", "-.5", -0.5),
        ("boolean", "YES", True),
        ("boolean", "いいえ", False),
        ("boolean", "０", False),
        ("date", "2024-02-29", date(2024, 2, 29)),
        ("string", " a\u3000", "a"),
        ("timestamp", "2024-01-02", datetime(2024, 1, 2, tzinfo=timezone.utc)),
        ("timestamp", "2024-01-02T03:04:05.123456789Z", datetime(2024, 1, 2, 3, 4, 5, 123456, timezone.utc)),
        ("timestamp", "2024-01-02 03:04+0900", datetime(2024, 1, 1, 18, 4, tzinfo=timezone.utc)),
        ("timestamp", "9999-12-31 23:59:59", datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)),
    ],
)
def test_a_cell_becomes_a_typed_value(type_: str, cell: str, expected: Any) -> None:
    """Outer blanks, thousands separators and full-width digits are understood; empty is no value."""
    assert value(cell, type_) == expected


@pytest.mark.parametrize(
    ("type_", "cell", "reason"),
    [
        ("integer", "1.0", "invalid_number"),
        ("integer", "1_000", "invalid_number"),
        ("integer", "1,23", "invalid_number"),
        ("integer", "9223372036854775808", "out_of_range"),
        ("decimal(5,2)", "1.505", "invalid_number"),
        ("decimal(5,2)", "1000", "out_of_range"),
        ("decimal(38,2)", f"1.{'0' * 30}1", "invalid_number"),
        ("decimal(5,2)", "NaN", "invalid_number"),
        ("double", "inf", "invalid_number"),
        ("double", "1e999", "out_of_range"),
        ("boolean", "maybe", "invalid_boolean"),
        ("date", "2023-02-29", "invalid_date"),
        ("date", "2024-1-2x", "invalid_date"),
        ("timestamp", "2024-01-02 25:00", "invalid_timestamp"),
        ("string", "x" * 1_001, "cell_too_long"),
    ],
)
def test_what_is_no_such_value_is_refused_by_name(type_: str, cell: str, reason: str) -> None:
    """The reason is what the quarantine shows."""
    with pytest.raises(Rejected) as caught:
        value(cell, type_)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("fields", "cell", "reason"),
    [
        ({"enum": ("a", "b")}, "c", "not_in_enum"),
        ({"pattern": r"\d+"}, "12x", "pattern_mismatch"),
        ({"max_length": 3}, "abcd", "too_long"),
        ({"min_length": 3}, "ab", "too_short"),
        ({"required": True}, "  ", "required_missing"),
        ({"required": True, "nulls": ("-",)}, "-", "required_missing"),
    ],
)
def test_limits_of_text(fields: dict[str, Any], cell: str, reason: str) -> None:
    """The pattern must match the whole value."""
    with pytest.raises(Rejected) as caught:
        value(cell, "string", **fields)
    assert caught.value.reason == reason


def test_limits_of_numbers_and_dates_are_inclusive() -> None:
    """Written in the contract as in the file."""
    assert value("5", "integer", minimum="5", maximum="5") == 5
    with pytest.raises(Rejected, match="is above 2024/01/31"):
        value("2024/02/01", "date", formats=("%Y/%m/%d",), maximum="2024/01/31")


def test_a_time_without_an_offset_is_local_to_the_contracts_zone() -> None:
    """Silver holds UTC."""
    cell, zone = "2024-01-02 08:00:00", "Asia/Tokyo"
    assert value(cell, "timestamp", timezone=zone) == datetime(2024, 1, 1, 23, tzinfo=timezone.utc)


def test_personal_data_does_not_show_in_a_detail() -> None:
    """Other columns quote an excerpt of the cell."""
    rejected = Rejected("too_long", "has 9 characters")
    assert ColumnCheck(column("string", pii=True), 9).detail(rejected, "Ann Carter") == "c has 9 characters"
    assert ColumnCheck(column("string"), 9).detail(rejected, "x" * 90) == f"c '{'x' * 59}…' has 9 characters"


FORMATS = [
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%Y-%m-%dT%H:%M:%S%z",
]


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    "text",
    [
        "2024-01-02", "2024-1-2", "2024-13-02", "2024-02-30", " 2024-01-02", "2024-01-02 ", "24-01-02", "",
        "2024/01/02 03:04", "2024/1/2 3:4", "2024/1/2  3:04", "2024/01/02 24:00",
        "2024年01月02日 03:04:05", "2024年1月2日 3:4:60", "31.12.2024", "12/31/2024", "31/12/2024",
        "2024-01-02T03:04:05+09:00", "2024-01-02T03:04:05Z",
    ],
)  # fmt: skip
def test_fast_formats_read_what_strptime_reads(format_: str, text: str) -> None:
    """Except a 61st second, which datetime.strptime takes and datetime cannot hold."""
    try:
        expected = datetime.strptime(text, format_)
    except ValueError:
        expected = None
    if ":60" not in text:
        assert reader_of((format_,))(text) == expected


def test_the_first_format_that_fits_counts() -> None:
    """03/04/2024 is April where the day stands first in the contract."""
    assert reader_of(("%d/%m/%Y", "%m/%d/%Y"))("03/04/2024") == datetime(2024, 4, 3)
    assert reader_of(("%d/%m/%Y", "%m/%d/%Y"))("03/14/2024") == datetime(2024, 3, 14)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-03-01 24:00", datetime(2026, 3, 2, tzinfo=timezone.utc)),
        ("2026-12-31T24:00:00", datetime(2027, 1, 1, tzinfo=timezone.utc)),
        ("2026-03-01 24:00+09:00", datetime(2026, 3, 1, 15, tzinfo=timezone.utc)),
        ("2026-03-01 ２４:００", datetime(2026, 3, 2, tzinfo=timezone.utc)),
    ],
)
def test_twenty_four_hours_are_the_next_midnight_where_the_column_says_so(
    cell: str, expected: datetime
) -> None:
    """Else the refusal names the field. Minutes after it are no time."""
    assert value(cell, "timestamp", midnight_24=True) == expected
    with pytest.raises(Rejected, match="midnight_24"):
        value(cell, "timestamp")
    with pytest.raises(Rejected, match="is no time"):
        value("2026-03-01 24:01", "timestamp", midnight_24=True)


def test_twenty_four_hours_in_a_format_of_ones_own() -> None:
    """Also in Japanese; the last day of all has no next one."""
    formats = ("%Y/%m/%d %H:%M", "%Y年%m月%d日 %H時%M分")
    expected = datetime(2026, 3, 2, tzinfo=timezone.utc)
    for cell in ("2026/3/1 24:00", "2026年3月1日 24時00分"):
        assert value(cell, "timestamp", formats=formats, midnight_24=True) == expected
    with pytest.raises(Rejected, match="beyond"):
        value("9999-12-31 24:00", "timestamp", midnight_24=True)


EUROPEAN = NumberFormat(decimal=",", thousands=".")
ALL = NumberFormat(negative=("parentheses", "triangle", "trailing"), currency=("¥", "円", "USD"))


@pytest.mark.parametrize(
    ("numbers", "cell", "expected"),
    [
        (EUROPEAN, "1.234,5", "1234.50"),
        (EUROPEAN, "1234,5", "1234.50"),
        (EUROPEAN, "-1.234.567", "-1234567.00"),
        (NumberFormat(decimal=",", thousands=" "), "1\u202f234,5", "1234.50"),
        (NumberFormat(thousands="'"), "1’234.5", "1234.50"),
        (NumberFormat(thousands=""), "1234", "1234.00"),
        (ALL, "（１，２３４）", "-1234.00"),
        (ALL, "▲ 100", "-100.00"),
        (ALL, "△¥1,200", "-1200.00"),
        (ALL, "(¥1,200)", "-1200.00"),
        (ALL, "1,200円", "1200.00"),
        (ALL, "USD 5", "5.00"),
        (ALL, "5-", "-5.00"),
        (ALL, "-¥5", "-5.00"),
        (ALL, "¥-5", "-5.00"),
    ],
)
def test_numbers_as_people_write_them(numbers: NumberFormat, cell: str, expected: str) -> None:
    """What the contract says of them."""
    assert value(cell, "decimal(12,2)", numbers=numbers) == Decimal(expected)


@pytest.mark.parametrize(
    ("numbers", "cell"),
    [
        (EUROPEAN, "1.23"),
        (EUROPEAN, "1,234,5"),
        (EUROPEAN, "12.34,5"),
        (NumberFormat(thousands=""), "1,234"),
        (ALL, "(-5)"),
        (ALL, "△-5"),
        (ALL, "--5"),
        (ALL, "$5"),
        (ALL, "()"),
        (ALL, "¥"),
        (NumberFormat(), "(5)"),
        (NumberFormat(), "△5"),
        (NumberFormat(), "¥5"),
        (NumberFormat(), "5-"),
    ],
)
def test_no_number_is_guessed(numbers: NumberFormat, cell: str) -> None:
    """Two signs, a currency that is not the column's, groups of two digits."""
    with pytest.raises(Rejected) as caught:
        value(cell, "decimal(12,2)", numbers=numbers)
    assert caught.value.reason == "invalid_number"
