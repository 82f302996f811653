"""The stub's state, and the way of one inference call through it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import TypeVar

from stub_bedrock import answers
from stub_bedrock.bodies.rules import TOO_LONG, input_tokens
from stub_bedrock.budget import SchemaTooComplexError
from stub_bedrock.calls import Calls
from stub_bedrock.catalog import FoundationModel
from stub_bedrock.conversation import Answer, Conversation
from stub_bedrock.errors import BedrockError, InternalServerException, ValidationException
from stub_bedrock.faults import FaultPlan
from stub_bedrock.models import resolve
from stub_bedrock.quota import Quota
from stub_bedrock.settings import Settings
from stub_bedrock.wire import is_too_much

_WORKERS = 32  # more than there are processors: a call that takes long is not to be waited for
Result = TypeVar("Result")
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
        self.quota = Quota(lambda: monotonic() * self.faults.current.clock_speed)
        self.calls = Calls()
        self._workers = ThreadPoolExecutor(_WORKERS, "answer")

    async def infer(self, operation: str, model_id: str, region: str, body: bytes, read: Read) -> Inference:
        """One inference call, counted. Refused, as by Bedrock, for its model, access, body, throttling.

        The latency asked for includes the time that the answer took, so that parallel calls do not add up.

        :raises BedrockError: the call is refused or has to fail.
        """
        began = perf_counter()
        self.calls.began(operation, model_id)
        try:
            inference = await self._answer(model_id, region, body, read)
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

    async def count_tokens(
        self, model_id: str, region: str, read: Callable[[FoundationModel], Conversation]
    ) -> int:
        """CountTokens: what the same call would cost, without making it."""
        self.calls.began("CountTokens", model_id)
        try:
            model = resolve(model_id, region, self.settings.account_id).model
            return await self._work(lambda: input_tokens(read(model)))
        except BedrockError as error:
            self.calls.failed(error)
            raise
        finally:
            self.calls.ended()

    async def _answer(self, model_id: str, region: str, body: bytes, read: Read) -> Inference:
        """Answer a call.

        What reads the caller's input runs in a worker; faults, quota and counters belong to the loop.
        """
        resolved = resolve(model_id, region, self.settings.account_id)
        self.faults.check_access(resolved, model_id)
        model = resolved.model
        conversation, cost = await self._work(lambda: _read(body, model, read))
        self.faults.check_guardrail(conversation.guardrail)
        self.faults.check_throttling()
        current = self.faults.current
        self.quota.take_request(model, current.requests_per_minute)
        reserved = self.quota.reserve(conversation, model, cost, current.tokens_per_minute)
        answer: Answer | None = None
        try:
            self.faults.check_error()
            if self.faults.guardrail():
                answer = answers.blocked(conversation)
            else:
                spoiling = self.faults.spoiling() if answers.wants_tool(conversation) else None
                answer = await self._work(lambda: answers.answer(conversation, model, spoiling))
        finally:
            self.quota.settle(model, reserved, answer.usage if answer else None)
        return Inference(model, conversation, answer)

    async def _work(self, function: Callable[[], Result]) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._workers, function)
        except RecursionError:  # nested deeper than some part of the stub follows
            raise SchemaTooComplexError() from None


def _read(body: bytes, model: FoundationModel, read: Read) -> tuple[Conversation, int]:
    """Return the conversation and its tokens."""
    if is_too_much(body):
        raise ValidationException(TOO_LONG)
    conversation = read(body, model)
    return conversation, input_tokens(conversation)


async def _sleep_until(moment: float) -> None:
    left = moment - perf_counter()
    if left > 0:
        await asyncio.sleep(left)
