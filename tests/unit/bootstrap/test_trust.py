"""The one line that says whom the stack trusts."""

from __future__ import annotations

import pytest

from glue_app.bootstrap import doctor, trust


@pytest.mark.parametrize(
    ("parts", "user_id", "words"),
    [
        ("processes", 1000, "run code here as you"),
        ("processes", 0, "WARNING:     who may connect to its ports may run code here AS ROOT"),
        ("containers", 0, "run code in its containers"),
    ],
)
def test_it_says_as_whom_code_runs(parts: str, user_id: int, words: str) -> None:
    """A warning for root, whose rights a job of the embedded engine would have."""
    line = trust.warning(parts, user_id)

    assert words in line
    assert "docs/security.md" in line
    assert "\n" not in line


def test_doctor_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)

    finding = doctor._who_may_run_code(None)  # type: ignore[arg-type]

    assert finding.what.startswith("who may connect to its ports may run code here AS ROOT")
