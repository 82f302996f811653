"""Every setting of the stub, with a working default, and the faults that can be switched on while it runs.

Set at start by environment variables: `BEDROCK_STUB_` and the field's name in capitals
(`BEDROCK_STUB_LATENCY_MS=50`, lists with commas). The faults also by `/_stub/faults` (routes/control.py).
"""

import os
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from stub_bedrock.errors import ON_DEMAND

ENVIRONMENT_PREFIX = "BEDROCK_STUB_"

Spoiling = Literal[
    "invalid_schema",  # a value of the wrong type, a required property missing
    "missing_record",  # the last record is left out
    "wrong_id",  # the first record answers with an id nobody asked for
    "duplicate_id",  # the first record comes twice
    "extra_record",  # one record more than asked for
    "truncated",  # cut in the middle, stop reason max_tokens
    "text",  # a plain text answer although the tool was forced
]
"""The ways in which a model's forced tool answer goes wrong."""


class Faults(BaseModel):
    """What goes wrong, on demand. The counts (`…_next`) run down as calls come in."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    throttle_next: int = Field(default=0, ge=0)
    """ThrottlingException for the next N calls."""
    throttle_every: int = Field(default=0, ge=0)
    """ThrottlingException for every N-th call; 0 is never."""
    latency_ms: int = Field(default=0, ge=0, le=600_000)
    """Time to the answer, in milliseconds."""
    latency_jitter_ms: int = Field(default=0, ge=0, le=600_000)
    """Up to so many milliseconds more, different from call to call but the same sequence in every life."""
    error_code: str | None = None
    """Name of the Bedrock error to answer with (`ModelTimeoutException`, …)."""
    error_next: int | None = Field(default=None, ge=0)
    """How many calls get `error_code`; not set is all of them."""
    stream_error_code: str | None = None
    """Name of the error that breaks streams after their first delta."""
    stream_error_next: int | None = Field(default=None, ge=0)
    """How many streams get `stream_error_code`; not set is all of them."""
    tool_answer: Spoiling | None = None
    """How tool answers are spoilt."""
    tool_answer_next: int | None = Field(default=None, ge=0)
    """How many tool answers are spoilt; not set is all of them."""
    guardrail_next: int = Field(default=0, ge=0)
    """The guardrail intervenes in the next N calls."""
    guardrails: list[str] = Field(default_factory=list)
    """Guardrails that are there, as `id:version`; a call that names another is refused."""
    tokens_per_minute: int = Field(default=0, ge=0)
    """Quota of tokens a minute and model; 0 is none."""
    clock_speed: float = Field(default=1.0, gt=0, le=1_000)
    """Seconds of quotas and latencies that pass in one: a test need not wait for a minute."""
    requests_per_minute: int = Field(default=0, ge=0)
    """Quota of requests a minute and model; 0 is none."""
    denied_models: list[str] = Field(default_factory=list)
    """Model ids to which the account has no access."""

    @field_validator("error_code", "stream_error_code")
    @classmethod
    def _known_error(cls, name: str | None) -> str | None:
        if name is not None and name not in ON_DEMAND:
            raise ValueError(f"{name!r} is no error of Bedrock; one of {', '.join(sorted(ON_DEMAND))}")
        return name

    @field_validator("denied_models", "guardrails", mode="before")
    @classmethod
    def _with_commas(cls, value: object) -> object:
        return (
            [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value
        )


class Settings(BaseModel):
    """The stub's settings. The region of a call comes from its signature; `region` is for unsigned calls."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    region: str = "us-east-1"
    """Region of calls that carry no AWS signature."""
    account_id: str = Field(default="000000000000", pattern=r"^[0-9]{12}$")
    """Account in the ARNs of inference profiles."""
    faults: Faults = Field(default_factory=Faults)
    """The faults at start, and after `DELETE /_stub/faults`."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the settings that the environment asks for.

        :raises InvalidSettingError: names the variable, what it holds and what is wrong with it.
        """
        own = {
            name.removeprefix(ENVIRONMENT_PREFIX).lower(): value
            for name, value in environment.items()
            if name.startswith(ENVIRONMENT_PREFIX) and value
        }
        faults = {name: own.pop(name) for name in list(own) if name in Faults.model_fields}
        try:
            return cls.model_validate({**own, "faults": Faults.model_validate(faults)})
        except ValidationError as error:
            raise InvalidSettingError.of(error, {**own, **faults}) from None


class InvalidSettingError(ValueError):
    """A `BEDROCK_STUB_…` variable that the stub cannot use."""

    def __init__(self, variable: str, value: str | None, why: str) -> None:
        self.variable, self.value, self.why = variable, value, why
        super().__init__(f"{variable}={value!r}: {why}. Unset it, or set another value.")

    @classmethod
    def of(cls, error: ValidationError, given: Mapping[str, str]) -> Self:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        return cls(ENVIRONMENT_PREFIX + name.upper(), given.get(name), first["msg"])
