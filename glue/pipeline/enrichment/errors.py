"""Errors that end the run. A single record's failure is a reason in ``_enrichment_error`` instead."""

from __future__ import annotations

from pipeline.errors import PipelineError


class EnrichmentError(PipelineError):
    """Base of the enrichment's errors."""


class BedrockRefusedError(EnrichmentError):
    """Bedrock refuses the request itself (AccessDenied, Validation, ResourceNotFound).

    A retry cannot help.
    """

    def __init__(self, model_id: str, code: str, message: str, advice: str) -> None:
        super().__init__(f"Bedrock refused model {model_id!r}: {code}: {one_line(message)} {advice}".rstrip())
        self.model_id = model_id
        self.code = code


class BedrockUnavailableError(EnrichmentError):
    """Bedrock throttles or fails for longer than the deadline or the retry budget allows."""

    def __init__(self, model_id: str, message: str, advice: str) -> None:
        super().__init__(
            f"Bedrock did not answer for model {model_id!r}: {one_line(message)} {advice}".rstrip()
        )
        self.model_id = model_id


class CacheError(EnrichmentError):
    """The answer cache in S3 cannot be read or written: going on would pay for answers and lose them."""

    def __init__(self, location: str, code: str, message: str, advice: str) -> None:
        super().__init__(f"answer cache {location}: {code}: {one_line(message)} {advice}".rstrip())
        self.location = location
        self.code = code


class EnrichmentAbortedError(EnrichmentError):
    """Raised by the driver with the message of the first executor error."""


class UnsupportedSchemaError(EnrichmentError):
    """The contract's schema has a property that has no column type."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"enrichment property {name!r}: {why}")
        self.name = name


def one_line(text: str, limit: int = 400) -> str:
    """``text`` without line breaks, cut to ``limit`` characters.

    Glue shows the first line of an error only.
    """
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
