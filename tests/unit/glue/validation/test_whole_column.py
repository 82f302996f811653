"""A column's cells at once: Python is asked for the few that are not plain, and once for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest

from pipeline.contract.model import Column, ColumnType
from pipeline.validation.column_check import ColumnCheck
from pipeline.validation.whole_column import WholeColumn


@dataclass(frozen=True)
class Counting(ColumnCheck):
    """Remembers the cells that it was asked about."""

    asked: list[str] = field(default_factory=list)

    def value(self, cell: str) -> Any:
        self.asked.append(cell)
        return super().value(cell)


def check(kind: str, **fields: Any) -> Counting:
    return Counting(Column(name="c", type=ColumnType(kind), headers=("c",), **fields), 1_000)  # type: ignore[arg-type]


def values(of: Counting, type_: pa.DataType, *cells: str) -> tuple[list[Any], list[bool]]:
    found, refused = WholeColumn(of, type_).values(pa.array(cells, pa.string()))
    return found.to_pylist(), refused.to_pylist()


def test_python_is_asked_once_for_a_cell_that_is_not_plain() -> None:
    """However often it comes."""
    of = check("integer", minimum="0")
    assert values(of, pa.int64(), "1", "", "１", "１", "-1", "x") == (
        [1, None, 1, 1, None, None],
        [False, False, False, False, True, True],
    )
    assert of.asked == ["１", "-1", "x"]


@pytest.mark.parametrize(
    "fields",
    [{"pattern": r"\w+"}, {"enum": ("あ", "b")}, {"max_length": 3}, {"min_length": 1}, {"nulls": ("-",)}, {}],
)
def test_clean_strings_do_not_reach_python(fields: dict[str, Any]) -> None:
    """In any script, with blanks around them."""
    of = check("string", required=True, **fields)
    assert values(of, pa.string(), "あ", " b\u3000") == (["あ", "b"], [False, False])
    assert of.asked == []


def test_only_ascii_is_in_its_unicode_form_for_sure() -> None:
    """Others are brought to it by Python."""
    of = check("string", normalize="nfkc")
    assert values(of, pa.string(), "AB", "ＡＢ") == (["AB", "AB"], [False, False])
    assert of.asked == ["ＡＢ"]


def test_long_cells_are_not_kept_in_memory() -> None:
    """What was found for a short one is."""
    of = check("boolean")
    values(of, pa.bool_(), "yes", "yes", "x" * 101, "x" * 101)
    assert of.asked == ["yes", "x" * 101, "x" * 101]
