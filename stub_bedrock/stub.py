"""The stub's state, and the way of one inference call through it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from stub_bedrock import answers
from stub_bedrock.bodies.rules import input_tokens
from stub_bedrock.calls import Calls
from stub_bedrock.catalog import FoundationModel
from stub_bedrock.conversation import Answer, Conversation
from stub_bedrock.errors import BedrockError, InternalServerException
from stub_bedrock.faults import FaultPlan
from stub_bedrock.models import resolve
from stub_bedrock.quota import Quota
from stub_bedrock.settings import Settings

Read = Callable[[bytes, FoundationModel], Conversation]


@dataclass(frozen=True)
class Inference:
    """A call that was answered."""

    model: FoundationModel
    conversation: Conversation
    answer: Answer


class Stub:
    """Everything that outlives a request: settings, faults, quotas, counters."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.faults = FaultPlan(settings.faults)
        self.quota = Quota()
        self.calls = Calls()

    async def infer(self, operation: str, model_id: str, region: str, body: bytes, read: Read) -> Inference:
        """One inference call, counted. Refused, as by Bedrock, for its model, access, body, throttling.

        The latency asked for includes the time that the answer took, so that parallel calls do not add up.

        :raises BedrockError: the call is refused or has to fail.
        """
        began = perf_counter()
        self.calls.began(operation, model_id)
        try:
            inference = self._answer(model_id, region, body, read)
            await _sleep_until(began + self.faults.latency_s())
        except BedrockError as error:
            self.calls.failed(error)
            raise
        except Exception:
            self.calls.failed(InternalServerException())
            raise
        finally:
            self.calls.ended()
        self.calls.answered(inference.answer)
        answer = inference.answer.with_latency(round((perf_counter() - began) * 1000))
        return Inference(inference.model, inference.conversation, answer)

    def count_tokens(
        self, model_id: str, region: str, read: Callable[[FoundationModel], Conversation]
    ) -> int:
        """CountTokens: what the same call would cost, without making it."""
        self.calls.began("CountTokens", model_id)
        try:
            resolved = resolve(model_id, region, self.settings.account_id)
            return input_tokens(read(resolved.model))
        except BedrockError as error:
            self.calls.failed(error)
            raise
        finally:
            self.calls.ended()

    def _answer(self, model_id: str, region: str, body: bytes, read: Read) -> Inference:
        resolved = resolve(model_id, region, self.settings.account_id)
        self.faults.check_access(resolved, model_id)
        model = resolved.model
        conversation = read(body, model)
        self.faults.check_throttling()
        current = self.faults.current
        self.quota.take_request(model, current.requests_per_minute)
        cost = input_tokens(conversation) if current.tokens_per_minute else 0
        reserved = self.quota.reserve(conversation, model, cost, current.tokens_per_minute)
        answer: Answer | None = None
        try:
            self.faults.check_error()
            if self.faults.guardrail():
                answer = answers.blocked(conversation)
            else:
                spoiling = self.faults.spoiling() if answers.wants_tool(conversation) else None
                answer = answers.answer(conversation, model, spoiling)
        finally:
            self.quota.settle(model, reserved, answer.usage if answer else None)
        return Inference(model, conversation, answer)


async def _sleep_until(moment: float) -> None:
    left = moment - perf_counter()
    if left > 0:
        await asyncio.sleep(left)
