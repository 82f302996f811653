"""What really listens behind an address of the emulated network, and how this process reaches it.

A service registers what it runs (RDS: its DB instances); whoever connects on behalf of an instance asks
`registration.listener` (Session Manager). What no service knows is not reached: never an arbitrary address of
this machine.
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


#: (account, region, host, port) → the listener, None where it is none of the service's
Lookup = Callable[[str, str, str, int], Listener | None]
