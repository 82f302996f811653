"""The Converse API behind one function, with this pipeline's retry policy and error messages.

A request that Bedrock throttles is no failure: it waits for its turn again (``limiter``), as long as the run
may ask. Other errors that may pass are retried until a deadline or a budget ends it. botocore's own retries
are off: they would multiply with ours, know no deadline and hold a thread for it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError

from pipeline.backoff import Backoff, RetriesExhausted, RetryBudget
from pipeline.clients import aws_client
from pipeline.enrichment.errors import BedrockRefusedError, BedrockUnavailableError
from pipeline.enrichment.gate import Gate
from pipeline.enrichment.options import EnrichmentOptions
from pipeline.enrichment.tokens import estimate

log = logging.getLogger(__name__)

# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors
RETRYABLE = frozenset(
    {
        "ModelNotReadyException",
        "ServiceUnavailableException",
        "ModelTimeoutException",
        "ModelErrorException",
        "InternalServerException",
    }
)
_THROTTLED = frozenset({"ThrottlingException", "TooManyRequestsException", "Throttling"})
_DAILY_QUOTA = "tokens per day"
_TOO_LONG = ("input is too long", "too many input tokens", "prompt is too long", "maximum context length")


class Converse(Protocol):
    """boto3's ``bedrock-runtime`` client, as far as it is used."""

    def converse(self, **request: Any) -> Mapping[str, Any]: ...


class PromptTooLongError(Exception):
    """The model does not take a prompt of this length: send fewer records."""


def connect(options: EnrichmentOptions, in_flight: int) -> Converse:
    """Return a ``bedrock-runtime`` client for ``in_flight`` threads."""
    client: Converse = aws_client(
        "bedrock-runtime",
        options.region,
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=5,
        read_timeout=options.read_timeout_seconds,
        max_pool_connections=in_flight,
        tcp_keepalive=True,
    )
    return client


def _code_and_message(error: ClientError) -> tuple[str, str]:
    detail = error.response.get("Error", {})
    return str(detail.get("Code", "Unknown")), str(detail.get("Message", error))


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def retryable(error: Exception) -> bool:
    """Return whether the same request may succeed later."""
    if isinstance(error, ClientError):
        code, _ = _code_and_message(error)
        return code in RETRYABLE or (_status(error) in (500, 502, 503, 504) and code not in _THROTTLED)
    return isinstance(error, (BotoConnectionError, HTTPClientError))


def throttled(error: ClientError) -> str | None:
    """Return Bedrock's words when the quota a minute refused the request, else None."""
    code, message = _code_and_message(error)
    if _DAILY_QUOTA in message.lower() or code in RETRYABLE:
        return None
    return (message or code) if code in _THROTTLED or _status(error) == 429 else None


def _advice(code: str, message: str) -> str:
    text = message.lower()
    if _DAILY_QUOTA in text:
        return "The daily token quota is used up: ask for more in Service Quotas, or run again tomorrow."
    if "on-demand throughput" in text:
        return "Set --bedrock_model_id to an inference profile that contains the model (us.…, apac.…, …)."
    if "don't have access" in text or "model access" in text:
        return "Request access to the model in the Bedrock console (Model access), in this region."
    if code == "AccessDeniedException":
        return (
            "The job's role needs bedrock:InvokeModel on the model and, for an inference profile, on it too."
        )
    if "maximum tokens" in text:
        return "Set enrich.inference.max_output_tokens of the contract to the model's limit."
    refused = _refused_parameter(text)
    if refused is not None:
        return refused
    if code in ("ResourceNotFoundException", "ValidationException"):
        return "Check --bedrock_model_id and that the region offers the model with Converse and tools."
    return "Check the job's credentials, region and --bedrock_model_id."


# what Bedrock calls a parameter → where the contract sets it
_PARAMETERS = {
    "temperature": "temperature: null",
    "top_p": "top_p: null",
    "topp": "top_p: null",
    "tool_choice": "tool_choice: auto",
    "toolchoice": "tool_choice: auto",
    "thinking": "additional: {}",
}
_REFUSALS = ("deprecated", "not supported", "isn't supported", "doesn't support", "does not support",
             "cannot both", "may not be", "not permitted", "not allowed")  # fmt: skip


def _refused_parameter(message: str) -> str | None:
    """Say what to set when the model refuses a parameter of the request."""
    if not any(words in message for words in _REFUSALS):
        return None
    named = next((setting for name, setting in _PARAMETERS.items() if name in message), None)
    return named and f"Set enrich.inference to {{{named}}} in the dataset's contract: the model refuses it."


def _patience(error: Exception) -> str:
    if isinstance(error, ClientError):
        return "What was answered is cached: run again."
    return "Check the VPC endpoint of bedrock-runtime: private DNS, and port 443 open to the job."


class Bedrock:
    """Asks one model, patiently where that helps and not at all where it cannot."""

    def __init__(
        self,
        client: Converse,
        options: EnrichmentOptions,
        backoff: Backoff,
        budget: RetryBudget,
        gate: Gate,
    ) -> None:
        self._client = client
        self._model_id = options.model_id
        self._backoff = backoff
        self._budget = budget
        self._gate = gate
        self._minute = options.tokens_per_minute

    def ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Converse's response.

        Raises PromptTooLongError, BedrockRefusedError at once for what a retry cannot change,
        BedrockUnavailableError when the deadline or the retry budget is used up, and AskingStoppedError when
        the limiter lets no request through any more.
        """
        tokens = tokens_of(request)
        if self._minute is not None and tokens > self._minute:  # Bedrock would throttle it for ever
            raise PromptTooLongError(f"{tokens} tokens in a request, of {self._minute} a minute")
        while True:
            number = self._gate.acquire(tokens)
            try:
                response = self._backoff.call(
                    lambda: self._client.converse(**request), retryable, self._budget, self._log_retry
                )
            except ClientError as error:
                words = throttled(error)
                self._gate.refused(number, words or "")
                if words is None:
                    raise self._refusal(error) from error
            except (RetriesExhausted, BotoCoreError) as error:
                self._gate.refused(number)
                raise self._failure(error) from error
            else:
                usage = response.get("usage") or {}
                self._gate.settle(number, int(usage.get("inputTokens", 0)), int(usage.get("outputTokens", 0)))
                return response

    def _refusal(self, error: ClientError) -> Exception:
        code, message = _code_and_message(error)
        if code == "ValidationException" and any(part in message.lower() for part in _TOO_LONG):
            return PromptTooLongError(message)
        return BedrockRefusedError(self._model_id, code, message, _advice(code, message))

    def _failure(self, error: RetriesExhausted | BotoCoreError) -> Exception:
        if isinstance(error, RetriesExhausted):
            return BedrockUnavailableError(self._model_id, str(error), _patience(error.last))
        code = type(error).__name__
        return BedrockRefusedError(self._model_id, code, str(error), _advice(code, str(error)))

    def _log_retry(self, error: Exception, delay: float) -> None:
        code = _code_and_message(error)[0] if isinstance(error, ClientError) else type(error).__name__
        log.info("Bedrock %s: next attempt in %.1f s", code, delay)


def tokens_of(request: Mapping[str, Any]) -> int:
    """Tokens that Bedrock takes off the quota when the request starts, on the high side."""
    shown = [request.get(part) for part in ("system", "messages", "toolConfig")]
    most: int = request["inferenceConfig"]["maxTokens"]
    return estimate(json.dumps(shown, ensure_ascii=False, default=str)) + most
