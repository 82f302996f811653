"""Pages of a list: how many items each has, and the opaque token that leads to the next.

A token means something to the list that gave it, and nothing to any other.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Item = TypeVar("Item")


def unchanged(item: Any) -> Any:
    """Show an item as it is."""
    return item


@dataclass(frozen=True)
class Paging:
    """How one service has its pages.

    size, token: its fields' names, such as `MaxResults` and `NextToken`. wrong_size: makes the error for a
    size outside of its limits, from (size, least, most). wrong_token: makes the error for a token that the
    list never gave, from the token.
    """

    size: str
    token: str
    wrong_size: Callable[[int, int, int], Exception]
    wrong_token: Callable[[str], Exception]

    def page(
        self,
        items: Sequence[Item],
        request: Mapping[str, Any],
        field: str,
        *,
        most: int,
        default: int | None = None,
        least: int = 1,
        key: Callable[[Item], str] | None = None,
        shape: Callable[[Item], Any] = unchanged,
    ) -> dict[str, Any]:
        """Cut the page out that a request asks for: `{field: […]}`, and the token where more follows.

        least, most: the limits of a page's size. default: the size where the request has none (`most`).
        key: what tells the items apart; with it, items that come or go between two calls shift no page.
        shape: an item as the answer shows it. Raises the service's errors.
        """
        size = request.get(self.size)
        size = (default or most) if size is None else int(size)
        if not least <= size <= most:
            raise self.wrong_size(size, least, most)
        start = self._start(items, request.get(self.token), field, key)
        answer: dict[str, Any] = {field: [shape(item) for item in items[start : start + size]]}
        if start + size < len(items):
            following = key(items[start + size]) if key else str(start + size)
            answer[self.token] = base64.urlsafe_b64encode(f"{field} {following}".encode()).decode()
        return answer

    def _start(
        self, items: Sequence[Item], token: str | None, field: str, key: Callable[[Item], str] | None
    ) -> int:
        if not token:
            return 0
        try:
            of, _, first = base64.urlsafe_b64decode(token.encode()).decode().partition(" ")
            if of == field:
                keys = map(key, items) if key else map(str, range(len(items) + 1))
                return list(keys).index(first)
        except (binascii.Error, ValueError) as error:
            raise self.wrong_token(token) from error
        raise self.wrong_token(token)
