"""A cache for what callers send: it keeps short things only, so that nobody fills the memory."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

LONGEST = 8_000
"""Characters of all arguments together that a cache keeps."""
Result = TypeVar("Result")


def cached_if_short(maxsize: int) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """`lru_cache` for a function of strings and tuples of strings; long arguments pass it by."""

    def decorate(function: Callable[..., Result]) -> Callable[..., Result]:
        cached = lru_cache(maxsize=maxsize)(function)

        @wraps(function)
        def call(*arguments: str | tuple[str, ...]) -> Result:
            size = sum(len(one) if isinstance(one, str) else sum(map(len, one)) for one in arguments)
            return cached(*arguments) if size <= LONGEST else function(*arguments)

        return call

    return decorate
