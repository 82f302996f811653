"""Systems Manager's paging: MaxResults and an opaque NextToken over a list in memory."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from glue_app.emulator.ssm.exceptions import InvalidNextToken, ValidationException


def page(
    items: Sequence[Any], request: Mapping[str, Any], field: str, default: int, least: int, most: int
) -> dict[str, Any]:
    """One page of an answer: `{field: […], "NextToken": …}`.

    Raises ValidationException for a MaxResults outside of least and most, InvalidNextToken.
    """
    size = request.get("MaxResults", default)
    if not least <= size <= most:
        raise ValidationException(
            f"1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: "
            f"Member must have value between {least} and {most}"
        )
    start = _start(request.get("NextToken"), field, len(items))
    answer: dict[str, Any] = {field: list(items[start : start + size])}
    if start + size < len(items):
        answer["NextToken"] = base64.urlsafe_b64encode(f"{field} {start + size}".encode()).decode()
    return answer


def _start(token: str | None, field: str, length: int) -> int:
    """Where the page begins. Raises InvalidNextToken for a token that this list never gave."""
    if not token:
        return 0
    try:
        of, start = base64.urlsafe_b64decode(token).decode().split(" ")
        if of == field and 0 < int(start) <= length:
            return int(start)
    except (binascii.Error, ValueError) as error:
        raise InvalidNextToken from error
    raise InvalidNextToken
