"""When the next request may start: one limiter for all the tasks of a run, in the driver.

Quotas are kept as Bedrock documents them: a request takes its input and the whole of its ``maxTokens`` when
it starts; when it ends it has cost its input and ``burndown`` times its output, and the rest is given back.
https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html
How a minute is measured is not documented, so requests are spread over it evenly.

A quota that nobody told is found: the first throttled request ends the free start, and from then on the pace
falls by a tenth for a throttled request, to no less than what the last minute brought, and rises a little
with each answer. At that pace some requests in a hundred are refused, which costs nothing, and none of the
quota is left unused. A quota that was told is the most: other users of the account may have a part of it.

There is one limiter a run, however many uploads it takes (``begin``): quota, time and cost are the run's.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pipeline.enrichment.options import EnrichmentOptions

Stop = Literal["time", "calls", "tokens", "throttled"]
"""Why nothing is asked any more: the time is over, ``max_calls``, ``max_tokens``, throttled all the time."""

PATIENCE = 600.0
"""Seconds without any answer while requests are throttled, after which asking is given up."""
_LOOK = 60.0  # seconds, at most, until one that waits looks again
_FIRST_PACE = 30.0  # requests a minute, at least, after the first one was throttled
_SLOWEST = 1.0
_SLOWLY, _FAST = 0.005, 0.05  # how much faster with an answer; fast: after a minute without throttling
_CATCH_UP = 10.0  # seconds of requests that may be made up for after a pause


def _wait(changed: threading.Condition, seconds: float) -> None:
    changed.wait(seconds)


@dataclass(frozen=True)
class Permit:
    """Of one request; ``reserved``: its input and ``maxTokens``."""

    reserved: int
    at: float


class _Bucket:
    """Filled evenly at ``rate`` a minute, to ``most`` at most, from the first look at it on."""

    def __init__(self, rate: float, level: float, most: float) -> None:
        self.rate, self.level, self.most = rate, level, most
        self._at: float | None = None

    def seconds_until(self, amount: float, now: float) -> float:
        """Return the time until ``amount`` is there, 0 when it is."""
        if math.isinf(self.rate):
            return 0.0
        passed = 0.0 if self._at is None else now - self._at
        self.level = min(self.most, self.level + passed * self.rate / 60)
        self._at = now
        missing = amount - self.level
        # what was waited for is there, whatever floating point says
        return missing * 60 / self.rate if missing > 1e-6 else 0.0


class Limiter:
    """``acquire`` waits for a request's turn; what became of it is told with ``settle`` or ``refused``."""

    def __init__(
        self,
        options: EnrichmentOptions,
        burndown: int = 1,
        seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Condition, float], None] = _wait,
    ) -> None:
        """``seconds``: how long may be asked, None: without end."""
        self._options, self._burndown, self._clock, self._wait = options, burndown, clock, wait
        self._turn, self._changed = threading.Lock(), threading.Condition()
        now = clock()
        self._until = math.inf if seconds is None else now + seconds
        self._told = float(options.requests_per_minute or math.inf)
        self._requests = _Bucket(self._told, 1, max(1, self._told * _CATCH_UP / 60))
        most = float(options.tokens_per_minute or math.inf)
        # it starts with a sixth: a full one would be spent at once, and Bedrock's may not be full
        self._tokens = _Bucket(most, most / 6, most)
        self._open: dict[int, Permit] = {}
        self._reserved = 0  # of all that are open
        self._numbers = itertools.count()
        self._answered_at: deque[float] = deque()
        self._slowed_at = self._too_fast_at = -math.inf
        self._first_throttled_at = math.inf
        self._held_up = False  # by the pace: else a faster one would bring no more
        self._answer_or_start = now
        self._heard = ""
        self.calls = self.used_tokens = self.throttled = 0
        self.stopped: Stop | None = None

    def begin(self) -> None:
        """Another upload's turn: nothing of the one before is under way, and nobody has waited for long."""
        with self._changed:
            for number in list(self._open):
                self._lose(number)
            self._answer_or_start = self._clock()

    @property
    def pace(self) -> float:
        """Requests a minute that are let through now."""
        return self._requests.rate

    @property
    def last_refusal(self) -> str:
        """Bedrock's words when it throttled the last time."""
        return self._heard

    def acquire(self, tokens: int) -> int | Stop:
        """Wait until a request of ``tokens`` may start and return its number, or why none may any more."""
        with self._turn, self._changed:  # one at a time waits for the quota, the others for their turn
            self._held_up = False
            while (seconds := self._seconds_until(tokens)) is not None and seconds > 0:
                self._wait(self._changed, seconds)
            if self.stopped is not None:
                return self.stopped
            self._requests.level -= 1
            self._tokens.level -= tokens
            number = next(self._numbers)
            self._open[number] = Permit(tokens, self._clock())
            self._reserved += tokens
            return number

    def settle(self, number: int, input_tokens: int, output_tokens: int) -> None:
        """Request ``number`` was answered; told twice, it counts once."""
        with self._changed:
            if number not in self._open:
                return
            now = self._close(number, input_tokens + output_tokens * self._burndown)
            self.calls += 1
            self.used_tokens += input_tokens + output_tokens
            self._answer_or_start = now
            self._answered_at.append(now)
            self._forget(now)
            if self._held_up and not math.isinf(self.pace):
                rise = _FAST if now - self._too_fast_at > 60 else _SLOWLY
                self._pace(self.pace + max(rise * self.pace, 0.2))

    def refused(self, number: int, throttled: str = "") -> None:
        """Request ``number`` got an error and costs nothing.

        ``throttled``: Bedrock's words when the error was that of its quota.
        """
        with self._changed:
            permit = self._open.get(number)
            now = self._close(number, 0)
            if not throttled or permit is None:
                return
            self.throttled += 1
            self._heard = throttled
            self._first_throttled_at = min(self._first_throttled_at, now)
            if now - self._answer_or_start > PATIENCE:
                self.stopped = self.stopped or "throttled"
            if "tokens" in throttled.lower() and not math.isinf(self._tokens.rate):
                self._tokens.level = min(self._tokens.level, 0.0)
                return
            # what was under way when the pace fell says nothing about the new one
            if permit.at >= self._slowed_at:
                if math.isinf(self.pace):
                    # hardly fewer than the quota allows a minute
                    self._pace(max(_FIRST_PACE, self._last_minute(now) + len(self._open)))
                    self._requests.level = 0.0  # what was let through before was no debt
                else:
                    brought = self._last_minute(now)
                    slower = max(self.pace * 0.9, brought)
                    if now - self._first_throttled_at > 60:  # however long it takes to hear of a refusal
                        slower = min(slower, brought * 1.25 + 5)
                    self._pace(slower)
                    self._too_fast_at = now
                self._slowed_at = now
            self._requests.level = min(self._requests.level, 0.0)

    def lost(self, number: int) -> None:
        """Nobody will tell what became of request ``number``: it counts as an answer that took all it might,
        unless it was told of before.
        """
        with self._changed:
            self._lose(number)

    def _lose(self, number: int) -> None:
        permit = self._open.get(number)
        if permit is not None:
            self._close(number, permit.reserved)
            self.calls += 1
            self.used_tokens += permit.reserved

    def _seconds_until(self, tokens: int) -> float | None:
        """Return how long to wait before looking again; None or 0: not at all."""
        now, options = self._clock(), self._options
        if self.stopped is None and now >= self._until:
            self.stopped = "time"
        over: Stop | None = None
        if options.max_calls is not None and self.calls + len(self._open) >= options.max_calls:
            over = "calls"
        elif self.used_tokens + self._reserved + tokens > (options.max_tokens or math.inf):
            over = "tokens"
        if self.stopped is not None:
            return None
        if over is not None:
            if self._open:  # what is under way may cost less than was set aside for it, or nothing
                return min(self._until - now, _LOOK)
            self.stopped = over
            return None
        needed = min(tokens, self._tokens.most)
        seconds = self._requests.seconds_until(1, now)
        self._held_up = self._held_up or seconds > 0
        seconds = max(seconds, self._tokens.seconds_until(needed, now))
        return min(seconds, self._until - now, _LOOK)

    def _close(self, number: int, cost: int) -> float:
        permit = self._open.pop(number, None)
        now = self._clock()
        self._reserved -= 0 if permit is None else permit.reserved
        if permit is not None and not math.isinf(self._tokens.rate):
            self._tokens.seconds_until(0, now)
            self._tokens.level = min(self._tokens.most, self._tokens.level + permit.reserved - cost)
        self._changed.notify_all()
        return now

    def _pace(self, rate: float) -> None:
        self._requests.seconds_until(0, self._clock())
        self._requests.rate = min(self._told, max(_SLOWEST, rate))
        self._requests.most = max(1.0, self._requests.rate * _CATCH_UP / 60)

    def _last_minute(self, now: float) -> float:
        """Return the answers of the last minute."""
        self._forget(now)
        return float(len(self._answered_at))

    def _forget(self, now: float) -> None:
        while self._answered_at and self._answered_at[0] < now - 60:
            self._answered_at.popleft()
