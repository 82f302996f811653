"""MaxResults and NextToken over a list in memory."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from glue_app.emulator.glue.exceptions import InvalidInputException

Item = TypeVar("Item")


def page(
    items: Sequence[Item], key: Callable[[Item], str], max_results: int, next_token: str | None
) -> tuple[list[Item], str | None]:
    """One page, and the token of the next one (None at the end).

    The token names the first item of the next page: items added before it between two calls do not shift it.
    Raises InvalidInputException for a token that is not ours, or whose item is gone.
    """
    start = 0
    if next_token:
        wanted = _decode(next_token)
        start = next((i for i, item in enumerate(items) if key(item) == wanted), -1)
        if start < 0:
            raise InvalidInputException("NextToken is not valid.")
    end = start + max_results
    token = base64.urlsafe_b64encode(key(items[end]).encode()).decode() if end < len(items) else None
    return list(items[start:end]), token


def _decode(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidInputException("NextToken is not valid.") from error
