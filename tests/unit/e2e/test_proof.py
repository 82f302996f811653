"""`make run` sends what was named, nothing else."""

from __future__ import annotations

import pytest

from glue_app.e2e import proof
from glue_app.settings import Settings


@pytest.mark.parametrize(("csv", "dataset"), [("", ""), ("x.csv", ""), ("", "customer_feedback")])
def test_a_file_that_is_not_named_is_not_guessed(
    csv: str, dataset: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`make run CVS=mine.csv` would send the sample, and say that all went well."""
    assert proof.send(Settings(), csv, dataset) == 1
    assert "FAILED  name the file and what it is: CSV=path and DATASET=name" in capsys.readouterr().err
