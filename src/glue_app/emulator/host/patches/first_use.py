"""What LocalStack makes at its first use is made twice by two first requests, and one of them is lost.

It looks whether it is there, makes it and keeps it, without a lock. Two PutRules that come together to a
fresh stack each make a default event bus, and the rule of one is gone; each attribute of a store is made that
way, so a queue or a topic can lie in a dictionary that another request replaces.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from localstack.services import stores
from localstack.services.events.provider import EventsProvider

from .patch import Patch, replace

ATTRIBUTES = (stores.LocalAttribute, stores.CrossRegionAttribute, stores.CrossAccountAttribute)


def _one_at_a_time(original: Callable[..., Any]) -> Callable[..., Any]:
    """Each with a lock of its own, which its own thread may take again: none waits for another kind's."""
    lock = threading.RLock()

    def wrapped(*arguments: Any, **named: Any) -> Any:
        with lock:
            return original(*arguments, **named)

    return wrapped


def apply() -> None:
    for kind in ATTRIBUTES:
        replace(kind, "__get__", _one_at_a_time)
    replace(EventsProvider, "get_store", _one_at_a_time)


PATCH = Patch("first-use", "nothing that shows: what the first requests make is there once", apply)
