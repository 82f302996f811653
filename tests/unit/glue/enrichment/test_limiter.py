"""One limiter for all tasks, against quotas that are kept as Bedrock's are, in simulated time."""

from __future__ import annotations

import bisect
import heapq
import threading
from typing import Any

import pytest

from pipeline.enrichment.limiter import PATIENCE, Limiter
from tests.unit.glue.enrichment.fakes import options

REQUESTS = "Too many requests, please wait before trying again."
TOKENS = "Too many tokens, please wait before trying again."


class Bedrock:
    """A minute's quota of requests and tokens, full at first, refilled evenly (``stub_bedrock.quota``)."""

    def __init__(self, requests: float, tokens: float) -> None:
        self.most = self.left = (requests, tokens)
        self.at = 0.0

    def refuses(self, reserved: int, now: float) -> str:
        filled = zip(self.left, self.most, strict=True)
        self.left = tuple(min(most, left + (now - self.at) * most / 60) for left, most in filled)  # type: ignore[assignment]
        self.at = now
        requests, tokens = self.left
        if requests < 1:
            return REQUESTS
        self.left = requests - 1, tokens
        if tokens < reserved:
            return TOKENS
        self.left = requests - 1, tokens - reserved
        return ""

    def give_back(self, tokens: int) -> None:
        self.left = self.left[0], min(self.most[1], self.left[1] + tokens)


class Simulation:
    """Many threads' worth of requests in one: answers come while the limiter waits."""

    INPUT, MOST, OUTPUT = 1_000, 2_000, 300

    def __init__(
        self,
        in_flight: int,
        bedrock: Bedrock,
        seconds: float | None = None,
        latency: float = 8.0,
        **settings: Any,
    ) -> None:
        self.now = 0.0
        self.bedrock, self.in_flight, self.latency = bedrock, in_flight, latency
        self.under_way: list[tuple[float, int, str]] = []
        self.started: list[float] = []
        self.limiter = Limiter(
            options(**settings), seconds=seconds, clock=lambda: self.now, wait=lambda _, s: self._pass(s)
        )

    def run(self, minutes: float) -> Simulation:
        """Ask until nothing is let through, or so many minutes have passed."""
        while self.now < minutes * 60:
            if len(self.under_way) >= self.in_flight:
                self._next()
                continue
            reserved = self.INPUT + self.MOST
            number = self.limiter.acquire(reserved)
            if isinstance(number, str):
                break
            words = self.bedrock.refuses(reserved, self.now)
            self.started.append(self.now)
            heapq.heappush(
                self.under_way, (self.now + (0.1 if words else self.latency), number, words)
            )  # fmt: skip
        return self

    def _pass(self, seconds: float) -> None:
        """Let time pass, up to the next answer: that is what a limiter's wait is cut short by."""
        if self.under_way and self.under_way[0][0] <= self.now + seconds:
            self._next()
        else:
            self.now += seconds

    def _next(self) -> None:
        at, number, words = heapq.heappop(self.under_way)
        self.now = max(self.now, at)
        if words:
            self.limiter.refused(number, words)
        else:
            self.bedrock.give_back(self.MOST - self.OUTPUT)
            self.limiter.settle(number, self.INPUT, self.OUTPUT)


def _minutes(a_minute: int) -> int:
    return 20 if a_minute < 1_000 else 4


@pytest.mark.parametrize("a_minute", [20, 60, 200, 1_000, 2_000])
def test_a_quota_of_requests_that_was_told_is_used_and_never_exceeded(a_minute: int) -> None:
    """95 % of it, with no request throttled and none of the quota's minutes overdrawn."""
    given = options(requests_per_minute=a_minute)
    minutes = _minutes(a_minute)
    run = Simulation(given.in_flight, Bedrock(a_minute, 1e9), requests_per_minute=a_minute).run(minutes)
    assert run.limiter.throttled == 0
    assert run.limiter.calls >= 0.95 * a_minute * minutes
    at = run.started
    assert max(bisect.bisect(at, start + 60) - i for i, start in enumerate(at)) <= 1.05 * a_minute + 1


@pytest.mark.parametrize("a_minute", [20, 60, 200, 1_000, 2_000])
def test_a_quota_that_nobody_told_is_found_and_used(a_minute: int) -> None:
    """95 % of it; what is throttled is asked again and never ends the run."""
    minutes, at_once = _minutes(a_minute), options().in_flight
    run = Simulation(at_once, Bedrock(a_minute, 1e9), latency=3.0).run(minutes)
    assert run.limiter.stopped is None
    assert run.limiter.calls >= 0.95 * a_minute * minutes
    assert run.limiter.throttled <= at_once + 0.2 * run.limiter.calls


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("a_minute", [12_000, 100_000, 1_000_000])
def test_a_quota_of_tokens_is_used(a_minute: int, told: bool) -> None:
    """What a request sets aside and does not use is used by the next one."""
    settings = {"tokens_per_minute": a_minute} if told else {}
    run = Simulation(64, Bedrock(1e9, a_minute), latency=3.0, **settings).run(20)
    assert run.limiter.used_tokens >= 0.95 * a_minute * 20
    assert not told or run.limiter.throttled == 0


def test_a_part_of_the_quota_is_found_when_others_use_the_rest() -> None:
    """Told 200 where 50 are left for it: it asks little more than 50 times, instead of 200."""
    run = Simulation(32, Bedrock(50, 1e9), requests_per_minute=200).run(20)
    assert run.limiter.calls >= 0.95 * 50 * 20
    assert run.limiter.throttled <= 0.3 * run.limiter.calls


def test_an_output_token_may_cost_five() -> None:
    """Of the quota a minute; what is paid, and counts for max_tokens, is one."""
    limiter = Limiter(options(tokens_per_minute=6_000), burndown=5, clock=lambda: 0.0)
    number = limiter.acquire(900)
    assert isinstance(number, int)
    limiter.settle(number, 500, 100)
    assert limiter._tokens.level == pytest.approx(0)
    assert limiter.used_tokens == 600


def test_nothing_is_asked_after_the_time_is_over() -> None:
    """Not even by who waits for its turn already."""
    run = Simulation(8, Bedrock(1e9, 1e9), seconds=300, requests_per_minute=20).run(60)
    assert run.limiter.stopped == "time"
    assert 95 <= len(run.started) <= 101
    assert max(run.started) < 300


@pytest.mark.parametrize(("limit", "calls"), [({"max_calls": 50}, 50), ({"max_tokens": 70_000}, 52)])
def test_what_a_run_may_take_is_never_exceeded_and_used_up(limit: dict[str, int], calls: int) -> None:
    """However many requests are under way; each takes 1,300 tokens and sets 3,000 aside."""
    run = Simulation(16, Bedrock(1e9, 1e9), **limit).run(60)
    assert run.limiter.stopped == next(iter(limit)).removeprefix("max_")
    assert run.limiter.calls == calls


def test_a_throttled_request_takes_nothing_of_what_the_run_may_take() -> None:
    """The limit is reached by answers alone."""
    run = Simulation(16, Bedrock(20, 1e9), max_calls=50).run(60)
    assert run.limiter.throttled > 0
    assert run.limiter.calls == 50


def test_a_quota_of_nothing_ends_the_asking_after_a_while() -> None:
    """As a new account has it: not at the job's timeout, an hour later."""
    run = Simulation(8, Bedrock(0, 1e9)).run(60)
    assert run.limiter.stopped == "throttled"
    assert PATIENCE <= run.now < PATIENCE + 120
    assert run.limiter.last_refusal == REQUESTS


def test_a_request_that_died_with_its_executor_holds_nothing_up_for_ever() -> None:
    """At the limit, what is under way is waited for; a quarter of an hour, not more."""
    run = Simulation(1, Bedrock(1e9, 1e9), max_calls=1)
    assert isinstance(run.limiter.acquire(10), int)
    assert run.limiter.acquire(10) == "calls"
    assert 600 < run.now < 1_200


def test_threads_that_wait_let_others_tell_what_they_have_cost() -> None:
    """With real locks and a real clock: the second request waits for what the first gives back."""
    limiter = Limiter(options(max_calls=2, max_tokens=100))
    first = limiter.acquire(90)
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(limiter.acquire(90)))
    thread.start()
    assert isinstance(first, int)
    limiter.settle(first, 5, 5)
    thread.join(20)
    assert isinstance(found[0], int)
