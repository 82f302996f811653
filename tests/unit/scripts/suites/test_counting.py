"""`make test` sums up what pytest reports, and a run that broke off is no success."""

from __future__ import annotations

from pathlib import Path

from scripts.suites.counting import Count, count_junit
from scripts.suites.counting import pytest as run_pytest


def test_errors_count_as_failures(tmp_path: Path) -> None:
    report = tmp_path / "r.xml"
    report.write_text('<testsuites><testsuite tests="7" failures="1" errors="1" skipped="2"/></testsuites>')
    assert str(count_junit(report) + Count(1)) == "4 passed, 2 failed, 2 skipped"


def test_a_run_without_a_report_is_a_failure(tmp_path: Path) -> None:
    assert run_pytest(Path("/bin/false"), [], {}) == Count(failed=1)


def test_a_stage_that_finds_no_test_is_a_failure(tmp_path: Path) -> None:
    """Its marks fit nothing: a folder was renamed, or a mark was misspelt."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 5\n")  # what pytest ends with
    python.chmod(0o755)
    assert run_pytest(python, [], {}) == Count(failed=1)
