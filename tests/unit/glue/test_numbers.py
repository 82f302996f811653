"""How numbers are written, and which field would read one that is refused."""

from __future__ import annotations

import pytest

from pipeline.contract.dialect import NumberFormat
from pipeline.numbers import hint


@pytest.mark.parametrize(
    ("text", "format_", "field"),
    [
        ("(5)", NumberFormat(), "parentheses"),
        ("△5", NumberFormat(), "triangle"),
        ("5-", NumberFormat(), "trailing"),
        ("1,5", NumberFormat(), "decimal"),
        ("¥5", NumberFormat(), "currency"),
        ("$5", NumberFormat(currency=("¥",)), "currency"),
        ("¥¥5", NumberFormat(currency=("¥",)), ""),
        ("(-5)", NumberFormat(negative=("parentheses",)), ""),
        ("1.23,4", NumberFormat(decimal=",", thousands="."), ""),
        ("", NumberFormat(), ""),
    ],
)
def test_a_hint_names_a_field_that_the_contract_does_not_have(
    text: str, format_: NumberFormat, field: str
) -> None:
    found = hint(text, format_)
    assert field in found if field else found == ""
