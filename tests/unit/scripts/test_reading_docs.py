"""Every encoding, kind and dialect of the guide's tables: what the job makes of the file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts import reading_docs
from scripts.reading_cases import Case


def cases() -> Iterator[pytest.param]:
    for part, listed in reading_docs.PARTS.items():
        for number, case in enumerate(listed):
            yield pytest.param(case, id=f"{part}-{number}-{case.what[:40]}")


@pytest.mark.parametrize("case", cases())
def test_a_file_becomes_what_the_guide_says(case: Case) -> None:
    """Value by value, or the reason of each row, or the error of the file; repaired rows are marked."""
    outcome = reading_docs.run(case)
    assert outcome.found == _as_read(case.expected), outcome.why
    accepted = [row for row in outcome.found if isinstance(row, tuple)]
    assert outcome.repairs == ({case.repairs} if accepted else set())


def test_what_the_contract_could_allow_is_named_in_the_refusal() -> None:
    """The operator reads which cell it is, and which field to set."""
    named = {
        "a cell of CP932 in a UTF-8 file": ("line 4, column text: ", "source.repair"),
        "`(1,234)`, not allowed": ("amount '(1,234)' is no number", "source.negative: [parentheses]"),
        "`△100`, not allowed": ("amount", "source.negative: [triangle]"),
        "`1234,5`, not allowed": ("amount", "source.decimal"),
        "`$5` in a column of yen": ("amount", "currency"),
        "CP932, nothing but half-width katakana": ("a.csv", "source.encoding"),
        "the same against the contract": ("sep=;", "source.delimiter"),
        "a header line where there is none": ("a.csv", "source.header"),
    }
    listed = {case.what: case for part in reading_docs.PARTS.values() for case in part if case.what in named}
    for what, parts in named.items():
        why = reading_docs.run(listed[what]).why
        assert all(part in why for part in parts), why


def _as_read(expected: object) -> object:
    """Amounts have two digits after the point."""
    if isinstance(expected, str):
        return expected
    assert isinstance(expected, list)
    return [
        row if isinstance(row, str) else (row[0], f"{float(row[1]):.2f}" if row[1] else "", row[2])
        for row in expected
    ]
