"""Systems Manager's pages: MaxResults and NextToken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glue_app.emulator.service.paging import Paging
from glue_app.emulator.ssm.exceptions import InvalidNextToken, ValidationException

_PAGING = Paging(
    "MaxResults",
    "NextToken",
    wrong_size=lambda size, least, most: ValidationException(
        f"1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: "
        f"Member must have value between {least} and {most}"
    ),
    wrong_token=lambda _token: InvalidNextToken(),
)


def page(
    items: Sequence[Any], request: Mapping[str, Any], field: str, default: int, least: int, most: int
) -> dict[str, Any]:
    """Cut one page of an answer, as `Paging.page`. Raises ValidationException, InvalidNextToken."""
    return _PAGING.page(items, request, field, default=default, least=least, most=most)
