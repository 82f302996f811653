"""`make test` sums up what pytest reports, and a run that broke off is no success."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from glue_app.stack.terraform_progress import Progress
from scripts import check
from scripts.check import Check
from scripts.lock import pins
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


@pytest.mark.parametrize(("code", "ok"), [(0, True), (3, False)])
def test_a_check_is_as_good_as_its_exit_code(code: int, ok: bool, capsys: pytest.CaptureFixture[str]) -> None:
    result = check.run(Check("x", [[sys.executable, "-c", f"print('why'); raise SystemExit({code})"]]))
    assert result.ok is ok
    assert ("why" in result.output) is not ok  # a check that holds keeps quiet
    assert "why" not in capsys.readouterr().out


def test_constraints_are_the_exact_pins_of_another_lock() -> None:
    assert pins("a==1 \\\n  --hash\nsix==1.16.0 \\\nsixer==2\n", ("six",)) == "six==1.16.0\n"


def test_terraforms_progress_counts_resources_and_keeps_the_first_error() -> None:
    progress = Progress()
    resource = {"hook": {"resource": {"addr": "aws_s3_bucket.a"}}}
    progress.take(
        {"type": "change_summary", "changes": {"add": 2, "change": 0, "remove": 0, "operation": "plan"}}
    )
    progress.take({"type": "apply_start", **resource})
    assert progress.line() == "0/2 resources; aws_s3_bucket.a since 0 s"
    progress.take({"type": "apply_complete", "hook": {"action": "read", **resource["hook"]}})  # a data source
    progress.take({"type": "apply_complete", **resource})
    assert progress.line() == "1/2 resources"
    progress.take(
        {
            "type": "diagnostic",
            "@level": "error",
            "diagnostic": {"summary": "Boom", "detail": "why\nso", "address": "aws_x.y"},
        }
    )
    assert progress.errors == ["aws_x.y: Boom: why so"]


def test_a_tests_limit_is_its_own(pytestconfig: pytest.Config) -> None:
    """Starting and restoring a stack are fixtures' work, with limits of their own: load is no fault."""
    assert pytestconfig.getini("timeout_func_only") is True
