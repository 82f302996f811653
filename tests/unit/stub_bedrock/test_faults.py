"""The plan of faults: counting down, and nothing changed by a bad request."""

import pytest
from pydantic import ValidationError

from stub_bedrock.errors import BedrockError, ModelTimeoutException, ThrottlingException
from stub_bedrock.faults import FaultPlan
from stub_bedrock.settings import Faults


def throttled(plan: FaultPlan, calls: int) -> list[bool]:
    """Which of so many calls are throttled."""
    outcome = []
    for _ in range(calls):
        try:
            plan.check_throttling()
            outcome.append(False)
        except ThrottlingException:
            outcome.append(True)
    return outcome


def test_the_next_calls_are_throttled_and_then_no_more() -> None:
    assert throttled(FaultPlan(Faults(throttle_next=2)), 4) == [True, True, False, False]


def test_every_kth_call_is_throttled() -> None:
    assert throttled(FaultPlan(Faults(throttle_every=3)), 7) == [
        False,
        False,
        True,
        False,
        False,
        True,
        False,
    ]


def test_an_error_comes_as_often_as_asked_for() -> None:
    plan = FaultPlan(Faults(error_code="ModelTimeoutException", error_next=1))
    with pytest.raises(ModelTimeoutException):
        plan.check_error()
    plan.check_error()
    plan.replace({"error_code": "ModelErrorException"}, keep=False)
    for _ in range(3):
        with pytest.raises(BedrockError):
            plan.check_error()


def test_jitter_lies_in_its_bounds_and_repeats_after_a_reset() -> None:
    plan = FaultPlan(Faults(latency_ms=50, latency_jitter_ms=20))
    first = [plan.latency_s() for _ in range(20)]
    plan.reset()
    assert first == [plan.latency_s() for _ in range(20)]
    assert all(0.05 <= one <= 0.07 for one in first)
    assert len(set(first)) > 1


def test_a_bad_change_changes_nothing() -> None:
    plan = FaultPlan(Faults(throttle_next=3))
    with pytest.raises(ValidationError):
        plan.replace({"throttle_next": -1}, keep=True)
    assert plan.current.throttle_next == 3


def test_put_forgets_the_other_faults_and_patch_keeps_them() -> None:
    plan = FaultPlan(Faults())
    plan.replace({"throttle_next": 3}, keep=False)
    plan.replace({"latency_ms": 5}, keep=True)
    assert (plan.current.throttle_next, plan.current.latency_ms) == (3, 5)
    plan.replace({"latency_ms": 6}, keep=False)
    assert (plan.current.throttle_next, plan.current.latency_ms) == (0, 6)


def test_time_may_pass_faster() -> None:
    """A latency of six seconds is over in a tenth of one; quotas go by the same clock."""
    assert FaultPlan(Faults(latency_ms=6_000, clock_speed=60)).latency_s() == pytest.approx(0.1)
