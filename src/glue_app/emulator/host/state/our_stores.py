"""Stores of our own services (Glue, RDS): no visitor of LocalStack's knows them, so they register."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from glue_app.emulator.service.registration import registered
from glue_app.emulator.service.stores import Stores

LOCK_TIMEOUT_S = 10.0


class StoresBusyError(TimeoutError):
    """Raised where a lock is not to be had. Its holder may itself wait for the gate that a save holds."""

    def __init__(self, service: str) -> None:
        super().__init__(f"the stores of {service} were locked for {LOCK_TIMEOUT_S:g} s")


def stores() -> dict[str, Stores[Any]]:
    """Return the stores by their service's name. They are there once the service is loaded."""
    return {each.name: each.stores for each in registered() if each.stores is not None}


def after_restore() -> None:
    """Let every service go on from what was brought back."""
    for each in registered():
        if each.after_restore:
            each.after_restore()


@contextlib.contextmanager
def locked(service: str, held: Stores[Any]) -> Iterator[None]:
    """Keep the service's own threads out. Raises StoresBusyError rather than wait for ever."""
    if not held.lock.acquire(timeout=LOCK_TIMEOUT_S):
        raise StoresBusyError(service)
    try:
        yield
    finally:
        held.lock.release()
