"""Pages: one implementation, each service's names and errors."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from glue_app.emulator.service.paging import Paging

PAGING = Paging(
    "MaxResults",
    "NextToken",
    wrong_size=lambda size, least, most: IndexError(f"{size}: {least} to {most}"),
    wrong_token=lambda token: LookupError(token),
)


def walk(items: list[Any], size: int, **options: Any) -> list[list[Any]]:
    """Follow the tokens to the end; the pages."""
    pages, more = [], {}
    while True:
        answer = PAGING.page(items, {"MaxResults": size, **more}, "Items", most=100, **options)
        pages.append(answer["Items"])
        if "NextToken" not in answer:
            return pages
        more = {"NextToken": answer["NextToken"]}


@pytest.mark.parametrize("options", [{}, {"key": str}])
def test_the_pages_hold_everything_once(options: dict[str, Any]) -> None:
    assert walk([*range(7)], 3, **options) == [[0, 1, 2], [3, 4, 5], [6]]
    assert walk([*range(6)], 3, **options) == [[0, 1, 2], [3, 4, 5]]
    assert walk([], 3, **options) == [[]]


def test_with_a_key_items_in_front_shift_no_page() -> None:
    first = PAGING.page(["c", "b", "a"], {"MaxResults": 2}, "Items", most=9, key=str)
    more = {"MaxResults": 2, "NextToken": first["NextToken"]}

    assert PAGING.page(["d", "c", "b", "a"], more, "Items", most=9, key=str) == {"Items": ["a"]}


def test_items_are_shown_in_their_shape() -> None:
    assert PAGING.page([1, 2], {}, "Items", most=9, shape=str) == {"Items": ["1", "2"]}


@pytest.mark.parametrize("size", [0, 4, 10])
def test_a_size_outside_of_the_limits_is_the_services_error(size: int) -> None:
    with pytest.raises(IndexError, match=f"{size}: 5 to 9"):
        PAGING.page([], {"MaxResults": size}, "Items", least=5, most=9)


def test_without_a_size_the_default_counts() -> None:
    assert PAGING.page([*range(9)], {}, "Items", default=2, most=9)["Items"] == [0, 1]


GIVEN_BY_NOBODY = [base64.b64encode(text).decode() for text in (b"Others 1", b"Items 7", b"\xff")]


@pytest.mark.parametrize("key", [None, str])
@pytest.mark.parametrize("token", ["?", "é", *GIVEN_BY_NOBODY])
def test_a_token_that_the_list_never_gave_is_the_services_error(token: str, key: Any) -> None:
    """No base64, of another list, beyond the end."""
    with pytest.raises(LookupError):
        PAGING.page(["a", "b"], {"NextToken": token}, "Items", most=9, key=key)
