"""Tokens and requests a minute."""

from dataclasses import replace

import pytest

from stub_bedrock.catalog import MODELS
from stub_bedrock.conversation import Conversation, Inference, Usage
from stub_bedrock.errors import ThrottlingException
from stub_bedrock.quota import Quota

MODEL = MODELS[0]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def asking(max_tokens: int | None) -> Conversation:
    return Conversation([], inference=Inference(max_tokens=max_tokens))


def test_unset_max_tokens_eats_the_quota_and_a_set_one_does_not() -> None:
    """At the start a call is charged what it may cost at most: the model's limit where it names none."""
    quota, per_minute = Quota(Clock()), MODEL.max_output_tokens + 100
    quota.reserve(asking(None), MODEL, 50, per_minute)
    with pytest.raises(ThrottlingException, match="Too many tokens"):
        quota.reserve(asking(50), MODEL, 10, per_minute)
    quota = Quota(Clock())
    for _ in range(5):
        quota.reserve(asking(50), MODEL, 10, per_minute)


def test_what_was_not_used_is_given_back_at_the_end() -> None:
    quota = Quota(Clock())
    reserved = quota.reserve(asking(900), MODEL, 100, 1000)
    quota.settle(MODEL, reserved, Usage(100, 50))
    assert quota.reserve(asking(800), MODEL, 50, 1000) == 850
    with pytest.raises(ThrottlingException):
        quota.reserve(asking(1), MODEL, 0, 1000)


def test_an_output_token_of_a_newer_claude_costs_five() -> None:
    quota, model = Quota(Clock()), replace(MODEL, burndown=5)
    quota.settle(model, quota.reserve(asking(900), model, 100, 1000), Usage(100, 100))
    with pytest.raises(ThrottlingException):
        quota.reserve(asking(401), model, 0, 1000)


def test_the_quota_refills_with_time_up_to_a_minutes_worth() -> None:
    clock = Clock()
    quota = Quota(clock)
    quota.reserve(asking(1000), MODEL, 0, 1000)
    clock.now = 30.0
    assert quota.reserve(asking(500), MODEL, 0, 1000) == 500
    clock.now = 3600.0
    with pytest.raises(ThrottlingException):
        quota.reserve(asking(1001), MODEL, 0, 1000)


def test_requests_are_counted_by_themselves() -> None:
    quota = Quota(Clock())
    quota.take_request(MODEL, 2)
    quota.take_request(MODEL, 2)
    with pytest.raises(ThrottlingException, match="Too many requests"):
        quota.take_request(MODEL, 2)


def test_a_clock_that_is_made_slower_takes_nothing_away() -> None:
    clock = Clock()
    clock.now = 100.0
    quota = Quota(clock)
    quota.take_request(MODEL, 2)
    clock.now = 1.0
    quota.take_request(MODEL, 2)
