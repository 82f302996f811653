"""AWS Glue's pages: MaxResults and NextToken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from glue_app.emulator.glue.exceptions import InvalidInputException
from glue_app.emulator.service.paging import Paging, unchanged

Item = TypeVar("Item")

_PAGING = Paging(
    "MaxResults",
    "NextToken",
    wrong_size=lambda size, least, most: InvalidInputException(
        f"MaxResults is {size}: it must be between {least} and {most}."
    ),
    wrong_token=lambda _token: InvalidInputException("NextToken is not valid."),
)
_PAGE, _LARGEST_PAGE = 100, 200


def page(
    items: Sequence[Item],
    request: Mapping[str, Any],
    field: str,
    key: Callable[[Item], str],
    shape: Callable[[Item], Any] = unchanged,
    default: int = _PAGE,
    most: int = _LARGEST_PAGE,
) -> dict[str, Any]:
    """Cut one page of an answer, as `Paging.page`. Raises InvalidInputException."""
    return _PAGING.page(items, request, field, default=default, most=most, key=key, shape=shape)
