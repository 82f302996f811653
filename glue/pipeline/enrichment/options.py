"""Settings of the enrichment, one typed place."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field


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
    max_in_flight: int = 32
    """Requests under way at a time, summed over all executors."""
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
    """How long one request may be retried before the run fails (it resumes from the cache)."""
    retry_budget: int = 300
    """Retries of all requests of one task before the run fails; each success earns half a retry back."""
    read_timeout_seconds: float = 300.0
    """An answer comes whole: at 100 tokens a second, one of 10,000 takes 100 s."""
    cache_threads: int = 16
    """Cache objects read or written at a time by one task."""

    def __post_init__(self) -> None:
        for name in ("model_id", "cache_bucket", "run_id"):
            if not getattr(self, name):
                raise ValueError(f"EnrichmentOptions.{name} is missing, and has no default")
        limits = ("max_in_flight", "records_per_prompt", "max_input_tokens", "max_output_tokens")
        for name in (*limits, "max_text_tokens", "retry_budget", "cache_threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"EnrichmentOptions.{name} must be at least 1, not {getattr(self, name)}")
        if self.cache_prefix and not self.cache_prefix.endswith("/"):
            raise ValueError(f"EnrichmentOptions.cache_prefix must end with '/': {self.cache_prefix!r}")
