"""Stores of our own rooms (Glue, RDS): no visitor of LocalStack's knows them, so they are named here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_rooms: dict[str, Room] = {}


@dataclass(frozen=True)
class Room:
    """A service of ours that holds state."""

    name: str
    #: has `lock` (a context manager that keeps everybody out) and `_stores` (a dict, which is picklable)
    stores: Any
    #: called when everything is back in place, before the first request
    after_restore: Callable[[], None]


def register_room(room: Room) -> None:
    """Have the room's stores saved and restored; the last registration of a name counts."""
    _rooms[room.name] = room


def rooms() -> dict[str, Room]:
    """The rooms by name. A room is there once its service is loaded."""
    return dict(_rooms)


def to_plain(room: Room) -> dict[Any, Any]:
    """What the room holds; the caller has its lock."""
    return dict(room.stores._stores)


def inject(room: Room, plain: dict[Any, Any]) -> None:
    """In place: the provider holds the dict."""
    with room.stores.lock:
        room.stores._stores.clear()
        room.stores._stores.update(plain)
