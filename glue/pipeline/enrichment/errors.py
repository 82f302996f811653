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


class AskingStoppedError(EnrichmentError):
    """Raised in a task when the limiter lets no request through any more; ``why`` is ``limiter.Stop``."""

    def __init__(self, why: str) -> None:
        super().__init__(f"asking has ended: {why}")
        self.why = why


class LimiterLostError(EnrichmentError):
    """Raised in a task that does not reach the driver's limiter: nothing is asked without it."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(
            f"no connection to the limiter of the driver at {host}:{port} ({one_line(why)}). The workers' "
            "security group must let its members reach each other on every TCP port."
        )


class LeftForNextRunError(EnrichmentError):
    """Raised when this run may not go on asking, and one that begins with this upload may."""


class EnrichmentUnfinishedError(LeftForNextRunError):
    """Raised when the run's time is over before all texts are answered: a new run goes on from there.

    The state machine knows it by its first words, and starts that run. So it is raised only when texts were
    answered that the new run need not ask about again: else there would be a run after a run for ever.
    """

    def __init__(self, answered: int, left: int, minutes: float, requests_per_minute: float) -> None:
        super().__init__(
            f"enrichment unfinished: {answered} of {answered + left} texts are answered and cached; the "
            f"others take about {max(1, round(minutes))} min at {requests_per_minute:.0f} requests a minute. "
            "A new run goes on from there. Fewer runs: raise the quota (docs/aws.md, step 4) or "
            "glue_timeout_minutes."
        )
        self.answered = answered
        self.left = left


class OutOfTimeError(LeftForNextRunError):
    """Raised when the run's time is over and not one text was answered for good."""

    def __init__(self, texts: int, calls: int, minutes: float) -> None:
        super().__init__(
            f"the time to ask is over, and none of {texts} texts is answered ({calls} calls in {minutes:.0f} "
            "min): four fifths of glue_timeout_minutes were not enough for reading, checking and a first "
            "answer. Raise it, give the job more workers, or look at why the model's answers are refused."
        )


class RunSpentError(LeftForNextRunError):
    """Raised when earlier uploads have taken what this one needs of the run's limits on cost."""

    def __init__(self, what: str, limit: int, taken: int, needed: int) -> None:
        super().__init__(
            f"max_{what} is {limit} a run, {taken} are taken by earlier uploads and {needed} are needed: the "
            "next run begins with this upload"
        )


class CostLimitError(EnrichmentError):
    """Raised when the enrichment of one upload needs, or has come to, more calls or tokens than a run may."""

    def __init__(self, what: str, limit: int, happened: str) -> None:
        super().__init__(
            f"max_{what} is {limit} a run: {happened}. Raise enrich.limits.max_{what} of the contract or "
            f"--bedrock_max_{what}, whichever is lower, or upload less."
        )
        self.limit = limit


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
