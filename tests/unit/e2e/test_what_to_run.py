"""`make run` sends what was named, nothing else."""

from __future__ import annotations

import pytest

from glue_app.e2e.__main__ import main
from glue_app.settings import Settings


@pytest.mark.parametrize("given", [[], ["--csv=x.csv"], ["--csv=", "--dataset=customer_feedback"]])
def test_a_file_that_is_not_named_is_not_guessed(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """`make run CVS=mine.csv` would send the sample, and say that all went well."""
    assert main(["--run-only", *given], Settings()) == 1
    assert "FAILED  name the file and what it is: CSV=path and DATASET=name" in capsys.readouterr().err
