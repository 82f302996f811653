"""The retry policy that Bedrock and PostgreSQL share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.backoff import RetriesExhausted, RetryBudget, Stopped
from tests.support.enrichment_fakes import impatient


def failing(times: int) -> Callable[[], str]:
    left = [times]

    def function() -> str:
        left[0] -= 1
        if left[0] >= 0:
            raise ConnectionError("down")
        return "up"

    return function


def always(error: Exception) -> bool:
    return True


def test_delays_grow_to_the_cap_and_are_drawn_from_zero() -> None:
    """Full jitter: anything between nothing and the exponential bound."""
    bounds: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        bounds.append((low, high))
        return high

    policy = impatient(base=1.0, cap=5.0, uniform=uniform)
    assert [policy.delay(retry) for retry in (0, 1, 2, 3, 1000)] == [1, 2, 4, 5, 5]
    assert {low for low, _ in bounds} == {0.0}


def test_it_goes_on_until_the_call_succeeds() -> None:
    """And tells of each retry."""
    retries: list[float] = []
    policy = impatient(base=1.0)
    assert policy.call(failing(3), always, on_retry=lambda error, delay: retries.append(delay)) == "up"
    assert retries == [1, 2, 4]


def test_what_is_not_retryable_is_raised_as_it_is() -> None:
    """At once."""
    with pytest.raises(ConnectionError):
        impatient().call(failing(1), lambda error: False)


def test_the_deadline_ends_it() -> None:
    """No wait is begun that would end after it; the last error is in the message."""
    with pytest.raises(RetriesExhausted, match=r"3 attempts in 3 s \(deadline reached\): down"):
        impatient(base=1.0, deadline=5.0).call(failing(9), always)


def test_the_budget_is_shared_and_earned_back() -> None:
    """Two retries in all; two successes give one back."""
    budget = RetryBudget(2)
    policy = impatient()
    assert policy.call(failing(2), always, budget) == "up"
    with pytest.raises(RetriesExhausted, match="retry budget used up"):
        policy.call(failing(1), always, budget)
    policy.call(failing(0), always, budget)
    assert policy.call(failing(1), always, budget) == "up"


def test_a_wait_that_is_cut_short_ends_the_work() -> None:
    """Another worker has met the error that counts."""
    with pytest.raises(Stopped):
        impatient(sleep=lambda seconds: True).call(failing(1), always)
