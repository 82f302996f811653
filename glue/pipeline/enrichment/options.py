"""Settings of the enrichment, one typed place."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace

_IN_FLIGHT = 512  # of a quota that nobody told: 2,000 a minute, of which an answer takes 15 s
_LEAST_IN_FLIGHT, _MOST_IN_FLIGHT = 8, 1024


@dataclass(frozen=True)
class EnrichmentOptions:
    """What the job says about Bedrock and the answer cache. Picklable: it travels to the executors.

    The token limits are compared with estimates (see ``tokens``), which are on the high side.
    """

    model_id: str
    """Model id, inference profile id or ARN, as Converse's ``modelId`` takes it."""
    cache_bucket: str
    cache_prefix: str = "bedrock-cache/"
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    """The job run: calls of the same run are counted once, however often a task is retried."""
    max_in_flight: int | None = None
    """Requests under way at a time, summed over all executors; None: enough for the quota (``in_flight``)."""
    requests_per_minute: int | None = None
    """The model's quota, or the part of it that the job may use; None: it is found (``limiter``)."""
    tokens_per_minute: int | None = None
    """The same of tokens."""
    max_calls: int | None = None
    """Requests a run that the model may answer; beyond it nothing is asked and the run fails."""
    max_tokens: int | None = None
    """The same of tokens, in and out."""
    price_per_million: tuple[float, float] | None = None
    """What a million tokens cost, in and out, in whatever currency; None: the estimate names no price."""
    ask_until: float | None = None
    """Seconds since the epoch, after which nothing is asked and the run ends for a new one; None: no end."""
    records_per_prompt: int = 20
    max_input_tokens: int = 8_000
    """Record text a prompt; a longer text travels alone."""
    max_output_tokens: int = 4_096
    """Answers a prompt of several records; a longer one's text travels alone, with what room it needs."""
    max_text_tokens: int = 100_000
    """A text beyond it is refused (``enrichment_too_long``) without a call."""
    region: str | None = None
    """None: the job's region."""
    deadline_seconds: float = 300.0
    """How long one request may be retried after errors before the run fails (it resumes from the cache)."""
    retry_budget: int = 300
    """Retries after errors, throttling aside, of all requests of one task before the run fails; each success
    earns half a retry back."""
    read_timeout_seconds: float = 300.0
    """An answer comes whole: at 100 tokens a second, one of 10,000 takes 100 s."""
    cache_threads: int = 16
    """Cache objects read or written at a time by one task."""

    def __post_init__(self) -> None:
        for name in ("model_id", "cache_bucket", "run_id"):
            if not getattr(self, name):
                raise ValueError(f"EnrichmentOptions.{name} is missing, and has no default")
        limits = ("max_in_flight", "records_per_prompt", "max_input_tokens", "max_output_tokens")
        quotas = ("requests_per_minute", "tokens_per_minute", "max_calls", "max_tokens")
        for name in (*limits, *quotas, "max_text_tokens", "retry_budget", "cache_threads"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"EnrichmentOptions.{name} must be at least 1, not {value}")
        if self.cache_prefix and not self.cache_prefix.endswith("/"):
            raise ValueError(f"EnrichmentOptions.cache_prefix must end with '/': {self.cache_prefix!r}")

    @property
    def in_flight(self) -> int:
        """Requests under way at a time: what the quota starts in half a minute, which an answer may take."""
        if self.max_in_flight is not None:
            return self.max_in_flight
        if self.requests_per_minute is None:
            return _IN_FLIGHT
        return max(_LEAST_IN_FLIGHT, min(_MOST_IN_FLIGHT, self.requests_per_minute // 2))

    def within_quota(self) -> EnrichmentOptions:
        """Return the options with prompts of which a minute's tokens hold two.

        Bedrock never lets in a larger one than the minute's.
        """
        if self.tokens_per_minute is None:
            return self
        part = max(1, self.tokens_per_minute // 4)
        return replace(
            self,
            max_input_tokens=min(self.max_input_tokens, part),
            max_output_tokens=min(self.max_output_tokens, part),
        )
