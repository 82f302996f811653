"""One limiter for all tasks, against quotas that are kept as Bedrock's are, in simulated time."""

from __future__ import annotations

import bisect
import heapq
import threading
from typing import Any

import pytest

from pipeline.enrichment.limiter import PATIENCE, Limiter
from tests.support.enrichment_fakes import options

REQUESTS = "Too many requests, please wait before trying again."
TOKENS = "Too many tokens, please wait before trying again."


class Bedrock:
    """A minute's quota of requests and tokens, with nothing of it left at first, refilled evenly
    (``stub_bedrock.quota``). ``saved``: seconds of it that may be left for later.
    """

    def __init__(self, requests: float, tokens: float, saved: float = 60) -> None:
        self.rate = requests, tokens
        self.most = requests * saved / 60, tokens * saved / 60
        self.left: tuple[float, float] = (0.0, 0.0)
        self.at = 0.0
        self.taken_at: list[float] = []

    def refill(self, now: float) -> None:
        filled = zip(self.left, self.most, self.rate, strict=True)
        requests, tokens = (min(most, left + (now - self.at) * rate / 60) for left, most, rate in filled)
        self.left, self.at = (requests, tokens), now

    def refuses(self, reserved: int, now: float) -> str:
        self.refill(now)
        requests, tokens = self.left
        if requests < 1 - 1e-6:
            return REQUESTS
        self.left = requests - 1, tokens
        if tokens < reserved - 1e-6:
            return TOKENS
        self.left = requests - 1, tokens - reserved
        self.taken_at.append(now)
        return ""

    def give_back(self, tokens: int) -> None:
        self.left = self.left[0], min(self.most[1], self.left[1] + tokens)


class ByTheClock(Bedrock):
    """The whole quota is there again when a minute of the clock begins, and not before."""

    minute = -1

    def refill(self, now: float) -> None:
        if int(now // 60) != self.minute:
            self.minute, self.left = int(now // 60), self.rate


class Simulation:
    """Many threads' worth of requests in one: answers come while the limiter waits."""

    INPUT, MOST, OUTPUT = 1_000, 2_000, 300

    def __init__(
        self,
        in_flight: int,
        bedrock: Bedrock,
        seconds: float | None = None,
        latency: float = 8.0,
        refusal: float = 0.1,
        **settings: Any,
    ) -> None:
        self.now = 0.0
        self.bedrock, self.in_flight, self.latency, self.refusal = bedrock, in_flight, latency, refusal
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
                self.under_way, (self.now + (self.refusal if words else self.latency), number, words)
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
    return 10 if a_minute < 1_000 else 4


def _shares(run: Simulation, minutes: int, a_minute: float) -> tuple[float, float]:
    """What was taken of the quota in all minutes, and in those after the first."""
    taken = [sum(since <= at < minutes * 60 for at in run.bedrock.taken_at) for since in (0, 60)]
    return taken[0] / (a_minute * minutes), taken[1] / (a_minute * (minutes - 1))


@pytest.mark.parametrize("a_minute", [20, 60, 200, 1_000, 2_000])
def test_a_quota_of_requests_that_was_told_is_used_and_never_exceeded(a_minute: int) -> None:
    """95 % of it, with no request throttled and none of the quota's minutes overdrawn."""
    given = options(requests_per_minute=a_minute)
    minutes = _minutes(a_minute)
    run = Simulation(given.in_flight, Bedrock(a_minute, 1e9), requests_per_minute=a_minute).run(minutes)
    assert run.limiter.throttled <= 1  # of the first request nothing is saved yet
    assert _shares(run, minutes, a_minute)[0] >= 0.95
    at = run.started
    assert max(bisect.bisect(at, start + 60) - i for i, start in enumerate(at)) <= 1.05 * a_minute + 1


@pytest.mark.parametrize("kind", [Bedrock, ByTheClock])
@pytest.mark.parametrize("a_minute", [20, 60, 200, 1_000, 2_000])
def test_a_quota_that_nobody_told_is_found_and_used(a_minute: int, kind: type[Bedrock]) -> None:
    """95 % of it, from the first minute on, however Bedrock measures a minute; what is throttled is asked
    again and never ends the run.
    """
    minutes, at_once = _minutes(a_minute), options().in_flight
    bedrock = kind(a_minute, 1e9) if kind is ByTheClock else kind(a_minute, 1e9, saved=10)
    run = Simulation(at_once, bedrock, latency=8.0).run(minutes)
    assert run.limiter.stopped is None
    assert min(_shares(run, minutes, a_minute)) >= 0.95
    assert run.limiter.throttled <= at_once + (0.3 if kind is Bedrock else 0.5) * run.limiter.calls


def test_the_pace_does_not_rise_beyond_what_can_be_asked() -> None:
    """A full minute's quota at first lets everything through: what is slower than the pace is no reason for a
    faster one, which would take thousands of throttled requests to come down from.
    """
    run = Simulation(128, Bedrock(1_000, 1e9), latency=3.0).run(4)
    assert run.limiter.throttled <= 128 + 0.2 * run.limiter.calls


@pytest.mark.parametrize("a_minute", [200, 1_000])
def test_refusals_that_take_long_to_come_do_not_pile_up(a_minute: int) -> None:
    """Each slows the pace down, but a pace that is far too fast asks often before it hears of the first."""
    run = Simulation(512, Bedrock(a_minute, 1e9), latency=5.0, refusal=5.0).run(10)
    assert _shares(run, 10, a_minute)[0] >= 0.95
    assert run.limiter.throttled <= 512 + 1.2 * run.limiter.calls


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("a_minute", [12_000, 100_000, 1_000_000])
def test_a_quota_of_tokens_is_used(a_minute: int, told: bool) -> None:
    """What a request sets aside and does not use is used by the next one."""
    settings = {"tokens_per_minute": a_minute} if told else {}
    minutes = 10
    run = Simulation(64, Bedrock(1e9, a_minute), latency=3.0, **settings).run(minutes)
    assert _shares(run, minutes, a_minute / 1_300)[0] >= 0.95
    assert not told or run.limiter.throttled <= 64  # at first, when nothing of it is left


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


def test_a_lost_request_counts_as_answered_and_is_waited_for_no_more() -> None:
    """It may have been: with all that it set aside. What is told of twice counts once."""
    limiter = Limiter(options(max_calls=2, max_tokens=100), clock=lambda: 0.0)
    first, second = limiter.acquire(40), limiter.acquire(40)
    assert isinstance(first, int)
    assert isinstance(second, int)
    for _ in range(2):
        limiter.lost(first)
        limiter.settle(second, 5, 5)
        limiter.lost(second)
    assert (limiter.calls, limiter.used_tokens) == (2, 50)
    assert limiter.acquire(1) == "calls"


def test_the_next_upload_of_a_run_has_what_is_left_and_a_patience_of_its_own() -> None:
    """An hour in which nothing was asked is no hour without an answer."""
    now = [0.0]
    limiter = Limiter(options(max_calls=3), clock=lambda: now[0], wait=lambda _, seconds: None)
    limiter.acquire(10)  # of a task that died
    now[0] = 3_600.0
    limiter.begin()
    assert (limiter.calls, limiter.used_tokens) == (1, 10)
    number = limiter.acquire(10)
    assert isinstance(number, int)
    limiter.refused(number, REQUESTS)
    assert limiter.stopped is None


def test_threads_that_wait_let_others_tell_what_they_have_cost() -> None:
    """With real locks and a real clock: the second request waits for what the first gives back."""
    limiter = Limiter(options(max_calls=2, max_tokens=100))
    first = limiter.acquire(90)
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(limiter.acquire(90)))
    thread.start()
    assert isinstance(first, int)
    limiter.settle(first, 5, 5)
    thread.join(60)
    assert isinstance(found[0], int)
