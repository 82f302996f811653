"""What really listens behind an address of the emulated network, and how this process reaches it.

A room registers what it runs (RDS: its DB instances); a room that connects on behalf of an instance asks here
(Session Manager). What is not known here is not reached: never an arbitrary address of this machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Listener:
    """A server as its neighbours in the VPC see it.

    address: where this process connects to it. subnet_id: where its network interface is.
    """

    address: tuple[str, int]
    vpc_id: str
    subnet_id: str
    security_group_ids: tuple[str, ...]


#: (account, region, host, port) → the listener, None where it is none of the room's
Lookup = Callable[[str, str, str, int], Listener | None]

_lookups: dict[str, Lookup] = {}


def register(room: str, lookup: Lookup) -> None:
    """Add a room's listeners; the last registration of a name counts."""
    _lookups[room] = lookup


def find(account_id: str, region: str, host: str, port: int) -> Listener | None:
    """The listener there, None where nothing of the stack listens."""
    for lookup in list(_lookups.values()):
        if found := lookup(account_id, region, host, port):
            return found
    return None
