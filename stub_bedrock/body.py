"""A request's body, no longer than Bedrock takes it."""

from starlette.requests import Request

from stub_bedrock.errors import ValidationException

LONGEST = 25_000_000
"""Bytes: the service model's own bound of InvokeModel's body."""


async def whole_body(request: Request, longest: int = LONGEST) -> bytes:
    """Read the body up to the limit. Raises ValidationException when it is longer; the rest is not read."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > longest:
            raise ValidationException(
                "1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have "
                f"length less than or equal to {longest}"
            )
        parts.append(part)
    return b"".join(parts)
