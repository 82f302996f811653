"""Bedrock's errors that the emulator itself answers; all others are the stub's.

https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
"""

from __future__ import annotations

from localstack.aws.api import CommonServiceException


class ServiceUnavailableException(CommonServiceException):  # type: ignore[misc]
    """Raised when the stub does not answer; a client may retry, as on AWS."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            "ServiceUnavailableException",
            f"The Bedrock stub at {url} does not answer ({reason}). `make status` shows what is down; "
            "GLUE_APP_BEDROCK_URL says where the stub is.",
            status_code=503,
        )
