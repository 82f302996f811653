"""Retry with exponential backoff, full jitter, a deadline and a budget.

Used towards Bedrock and PostgreSQL. Full jitter (a delay drawn between zero and the exponential bound)
spreads the retries of many workers better than equal steps:
https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


class RetriesExhausted(Exception):  # noqa: N818 - it states the fact, as botocore's errors do
    """A retryable call did not succeed in time; ``last`` is its latest error."""

    def __init__(self, last: Exception, attempts: int, seconds: float, why: str) -> None:
        super().__init__(f"gave up after {attempts} attempts in {seconds:.0f} s ({why}): {last}")
        self.last = last
        self.attempts = attempts
        self.seconds = seconds


class Stopped(Exception):  # noqa: N818
    """Another worker met an error that ends the work: this one stops waiting for its retry."""


class RetryBudget:
    """How many retries all the workers of one task may spend; each success earns a part of one back.

    It keeps an outage from being answered by hours of retries, whatever the number of workers.
    """

    def __init__(self, retries: int, earned_by_success: float = 0.5) -> None:
        self._limit = float(retries)
        self._left = float(retries)
        self._earned = earned_by_success
        self._lock = threading.Lock()

    def spend(self) -> bool:
        """Take one retry; False when none is left."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True

    def earn(self) -> None:
        """Record a success."""
        with self._lock:
            self._left = min(self._limit, self._left + self._earned)


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


@dataclass(frozen=True)
class Backoff:
    """Times in seconds. ``sleep`` returns True when the wait was cut short and the work is to stop."""

    base: float = 0.5
    cap: float = 20.0
    deadline: float = 300.0
    sleep: Callable[[float], bool] = field(default=_sleep, repr=False)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    uniform: Callable[[float, float], float] = field(default=random.uniform, repr=False)

    def delay(self, retry: int) -> float:
        """Return seconds to wait before retry number ``retry`` (from 0)."""
        return self.uniform(0.0, min(self.cap, self.base * 2.0 ** min(retry, 30)))

    def call(
        self,
        function: Callable[[], T],
        retryable: Callable[[Exception], bool],
        budget: RetryBudget | None = None,
        on_retry: Callable[[Exception, float], None] | None = None,
    ) -> T:
        """Call ``function`` until it returns.

        Raises its own error when that is not ``retryable``, RetriesExhausted when the deadline or the
        budget is used up, Stopped when ``sleep`` was cut short.
        """
        start = self.clock()
        attempts = 0
        while True:
            attempts += 1
            try:
                result = function()
            except Exception as error:
                if not retryable(error):
                    raise
                delay = self.delay(attempts - 1)
                seconds = self.clock() - start
                if seconds + delay > self.deadline:
                    raise RetriesExhausted(error, attempts, seconds, "deadline reached") from error
                if budget is not None and not budget.spend():
                    raise RetriesExhausted(error, attempts, seconds, "retry budget used up") from error
                if on_retry is not None:
                    on_retry(error, delay)
                if self.sleep(delay):
                    raise Stopped from error
            else:
                if budget is not None:
                    budget.earn()
                return result
