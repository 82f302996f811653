"""The quotas of on-demand inference: tokens and requests a minute, by model.

As Bedrock counts: at the start of a call its input and the whole of maxTokens are taken, at the end what was
not used is given back, an output token costing `burndown` tokens. Hence «maxTokens unset eats the quota».
https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from stub_bedrock.catalog import FoundationModel
from stub_bedrock.conversation import Conversation, Usage
from stub_bedrock.errors import ThrottlingException


@dataclass
class _Bucket:
    """Refilled evenly, so that a full minute's worth is there after a quiet minute."""

    left: float
    refilled_at: float

    def refill(self, per_minute: int, now: float) -> None:
        passed = max(0.0, now - self.refilled_at)  # less than nothing: its clock was made slower
        self.left = min(per_minute, self.left + passed * per_minute / 60)
        self.refilled_at = now


class Quota:
    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def take_request(self, model: FoundationModel, per_minute: int) -> None:
        """Raise ThrottlingException: the minute's requests are used up. 0 a minute is no quota."""
        if per_minute:
            self._take(("requests", model.model_id), 1, per_minute, ThrottlingException.default_message)

    def reserve(
        self, conversation: Conversation, model: FoundationModel, input_tokens: int, per_minute: int
    ) -> int:
        """Take what the call may cost at most, and say how many tokens that is.

        :raises ThrottlingException: so many tokens are not left.
        """
        if not per_minute:
            return 0
        reserved = input_tokens + (conversation.inference.max_tokens or model.max_output_tokens)
        self._take(("tokens", model.model_id), reserved, per_minute, ThrottlingException.TOKENS)
        return reserved

    def settle(self, model: FoundationModel, reserved: int, usage: Usage | None) -> None:
        """Give back what the call did not use, all of it where it failed."""
        bucket = self._buckets.get(("tokens", model.model_id))
        if bucket is not None and reserved:
            used = usage.input_tokens + usage.output_tokens * model.burndown if usage else 0
            bucket.left += reserved - used

    def reset(self) -> None:
        self._buckets.clear()

    def _take(self, key: tuple[str, str], amount: float, per_minute: int, message: str) -> None:
        bucket = self._buckets.setdefault(key, _Bucket(per_minute, self._clock()))
        bucket.refill(per_minute, self._clock())
        if bucket.left < amount:
            raise ThrottlingException(message)
        bucket.left -= amount
