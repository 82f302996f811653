"""Faults on demand while the stub runs: what the next call has to suffer."""

from random import Random
from typing import Any

from stub_bedrock.conversation import Guardrail
from stub_bedrock.errors import (
    ON_DEMAND,
    AccessDeniedException,
    BedrockError,
    ThrottlingException,
    ValidationException,
)
from stub_bedrock.models import Resolved
from stub_bedrock.settings import Faults, Spoiling

_SEED = 20260227  # the same jitter in every life


class FaultPlan:
    """The faults in force. `current` is what GET /_stub/faults shows, its counts running down."""

    def __init__(self, at_start: Faults) -> None:
        self._at_start = at_start
        self.reset()

    def reset(self) -> None:
        """Back to the faults of the environment."""
        self.current = self._at_start.model_copy(deep=True)
        self._since_throttle = 0
        self._jitter = Random(_SEED)  # noqa: S311 - not for secrets

    def replace(self, changes: dict[str, Any], *, keep: bool) -> None:
        """Faults by field; the fields that are not named stay (`keep`) or are off.

        :raises pydantic.ValidationError: an unknown field or a bad value; nothing is changed then.
        """
        base = self.current if keep else Faults()
        self.current = Faults.model_validate({**base.model_dump(), **changes})
        self._since_throttle = 0

    def check_access(self, resolved: Resolved, model_id: str) -> None:
        """Raise AccessDeniedException: the model is on the list of the denied, by any of its names."""
        names = {model_id, resolved.model.model_id}
        if resolved.profile is not None:
            names.add(resolved.profile.inference_profile_id)
        if names & set(self.current.denied_models):
            raise AccessDeniedException()

    def check_throttling(self) -> None:
        """Raise ThrottlingException: it is this call's turn."""
        if self.current.throttle_next:
            self.current.throttle_next -= 1
            raise ThrottlingException()
        if self.current.throttle_every:
            self._since_throttle += 1
            if self._since_throttle >= self.current.throttle_every:
                self._since_throttle = 0
                raise ThrottlingException()

    def check_error(self) -> None:
        """Raise BedrockError: the error that was asked for."""
        code = self._taken("error_code", "error_next")
        if code:
            raise ON_DEMAND[code]()

    def stream_error(self) -> BedrockError | None:
        """Return the error that this stream is to break with."""
        code = self._taken("stream_error_code", "stream_error_next")
        return ON_DEMAND[code]() if code else None

    def spoiling(self) -> Spoiling | None:
        """Return how this tool answer is to go wrong."""
        taken: Spoiling | None = self._taken("tool_answer", "tool_answer_next")
        return taken

    def check_guardrail(self, named: Guardrail | None) -> None:
        """Raise ValidationException: the guardrail that the call names is not there."""
        if named is not None and f"{named.identifier}:{named.version}" not in self.current.guardrails:
            raise ValidationException(
                "The guardrail identifier or version provided in the request does not exist."
            )

    def guardrail(self) -> bool:
        if self.current.guardrail_next:
            self.current.guardrail_next -= 1
            return True
        return False

    def latency_s(self) -> float:
        """Return how long this call is to take, in seconds."""
        jitter = self.current.latency_jitter_ms
        latency = self.current.latency_ms + (self._jitter.uniform(0, jitter) if jitter else 0)
        return latency / 1000 / self.current.clock_speed

    def _taken(self, what: str, how_often: str) -> Any:
        """Return the fault, counted down; None where it is off or used up."""
        value, left = getattr(self.current, what), getattr(self.current, how_often)
        if value is None or left == 0:
            return None
        if left is not None:
            setattr(self.current, how_often, left - 1)
        return value
