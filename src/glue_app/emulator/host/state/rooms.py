"""Stores of our own rooms (Glue, RDS): no visitor of LocalStack's knows them, so they are named here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

LOCK_TIMEOUT_S = 10.0

_rooms: dict[str, Room] = {}


class RoomBusyError(TimeoutError):
    """Raised where a room's lock is not to be had. Its holder may itself wait for the gate a save holds."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the stores of {name} were locked for {LOCK_TIMEOUT_S:g} s")


@dataclass(frozen=True)
class Room:
    """A service of ours that holds state."""

    name: str
    #: has `lock` (an RLock) and `_stores` (a dict, which is picklable)
    stores: Any
    #: called when everything is back in place, before the first request
    after_restore: Callable[[], None]


def register_room(room: Room) -> None:
    """Have the room's stores saved and restored; the last registration of a name counts."""
    _rooms[room.name] = room


def rooms() -> dict[str, Room]:
    """The rooms by name. A room is there once its service is loaded."""
    return dict(_rooms)


@contextlib.contextmanager
def locked(room: Room) -> Iterator[None]:
    """Keep the room's own threads out. Raises RoomBusyError rather than wait for ever."""
    if not room.stores.lock.acquire(timeout=LOCK_TIMEOUT_S):
        raise RoomBusyError(room.name)
    try:
        yield
    finally:
        room.stores.lock.release()


def to_plain(room: Room) -> dict[Any, Any]:
    """What the room holds; the caller has its lock."""
    return dict(room.stores._stores)


def inject(room: Room, plain: dict[Any, Any]) -> None:
    """In place: the provider holds the dict."""
    with room.stores.lock:
        room.stores._stores.clear()
        room.stores._stores.update(plain)
