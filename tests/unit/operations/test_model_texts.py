"""The model's answer to a text is found by the name under which the job keeps it."""

from __future__ import annotations

import hashlib

import pytest

from glue_app.operations import model_texts
from pipeline.contract.loader import load_contract
from tests.support.text_cases import CASES, COLUMNS

CONTRACT = """
title: Feedback
columns:
  - {name: heading, type: string}
  - {name: comment, type: string}
record_key: content
free_text: [heading, comment]
"""


@pytest.mark.parametrize(("heading", "comment", "text"), CASES)
def test_the_text_is_the_one_that_the_job_sends(
    heading: str | None, comment: str | None, text: str | None
) -> None:
    """tests/unit/glue/enrichment/test_text_of.py holds Spark to the same."""
    contract = load_contract(CONTRACT, "feedback.yaml")
    found = model_texts.digest(contract, dict(zip(COLUMNS, (heading, comment), strict=True)))
    assert found == (None if text is None else hashlib.sha256(text.encode()).hexdigest())
