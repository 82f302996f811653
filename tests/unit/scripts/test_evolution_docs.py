"""The table of what a contract's changes do: docs/datasets.md has it as the cases say."""

from __future__ import annotations

import pytest

from pipeline.contract.loader import load_contract
from scripts import evolution_docs
from scripts.evolution_cases import CASES, CONTRACT, Case


def test_the_guide_has_the_table_of_the_cases() -> None:
    """`make docs` has been run."""
    guide = evolution_docs.GUIDE.read_text(encoding="utf-8")
    assert evolution_docs.written(guide) == guide


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_each_case_changes_a_contract_into_another(case: Case) -> None:
    """Both are valid, so that it is the job that refuses."""
    text = CONTRACT
    for old, new in case.changes:
        assert old in text
        text = text.replace(old, new)
    changed, before = load_contract(text, "orders.yaml"), load_contract(CONTRACT, "orders.yaml")
    assert changed.digest != before.digest
    assert (changed.silver_digest == before.silver_digest) == (case.again is None and not case.refused)
