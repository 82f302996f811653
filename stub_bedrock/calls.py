"""The counters behind `GET /_stub/calls`."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from stub_bedrock.conversation import Answer
from stub_bedrock.errors import BedrockError, ThrottlingException

MOST_MODELS, OTHERS = 200, "(others)"
"""Ids that are counted by name; a caller may invent any number of them."""


@dataclass
class Calls:
    """What reached bedrock-runtime since the start or the last reset. `calls` counts every request, the ones
    that were throttled or failed too; the control plane is not counted."""

    calls: int = 0
    by_operation: Counter[str] = field(default_factory=Counter)
    by_model: Counter[str] = field(default_factory=Counter)
    records: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    throttled: int = 0
    errors: int = 0
    """Errors that are not throttling."""
    in_flight: int = 0
    most_in_flight: int = 0

    def began(self, operation: str, model_id: str) -> None:
        self.calls += 1
        self.by_operation[operation] += 1
        known = model_id in self.by_model or len(self.by_model) < MOST_MODELS
        self.by_model[model_id if known else OTHERS] += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def answered(self, answer: Answer) -> None:
        self.records += answer.records
        self.input_tokens += answer.usage.input_tokens
        self.output_tokens += answer.usage.output_tokens

    def failed(self, error: BedrockError) -> None:
        if isinstance(error, ThrottlingException):
            self.throttled += 1
        else:
            self.errors += 1

    def ended(self) -> None:
        self.in_flight -= 1

    def reset(self) -> None:
        """Everything to zero but the calls that are under way."""
        fresh = Calls(in_flight=self.in_flight, most_in_flight=self.in_flight)
        self.__dict__.update(fresh.__dict__)

    def as_json(self) -> dict[str, Any]:
        return dict(self.__dict__)
