"""`make check` ends as its checks do; and what else is small in scripts/."""

from __future__ import annotations

import sys

import pytest

from glue_app.stack.terraform_progress import Progress
from scripts import check
from scripts.check import Check
from scripts.lock import pins


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
