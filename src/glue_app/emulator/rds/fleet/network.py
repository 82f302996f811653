"""Where a server listens: a loopback address of its own with the port that was asked for.

On Linux every address of 127.0.0.0/8 is there. A Mac has only 127.0.0.1: there an instance gets that
address and a free port. Where the servers run in a container, the addresses are those that it publishes.
"""

from __future__ import annotations

import errno
import ipaddress
import itertools
import logging
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ..exceptions import InsufficientDBInstanceCapacity
from ..models import Endpoint

LOG = logging.getLogger(__name__)

LOCALHOST = "127.0.0.1"
_TRIES = 64


@dataclass(frozen=True)
class Network:
    """Where instances are told to be, and where their servers listen.

    published: an instance's endpoint → where its container listens for it. Empty where the servers are
    processes of this machine: they listen where they are told to be.
    """

    addresses: ipaddress.IPv4Network
    published: Mapping[Endpoint, Endpoint] = field(default_factory=dict)

    def allocate(self, port: int, taken: Collection[Endpoint]) -> Endpoint:
        """Choose a free endpoint, the lowest address first; addresses of deleted instances are used again.

        taken: endpoints of the instances there are, whether their servers run or not.
        Raises InsufficientDBInstanceCapacity where a container has published no more.
        """
        if self.published:
            return self._published(port, taken)
        used = {endpoint.address for endpoint in taken}
        free = (str(address) for address in self.addresses.hosts() if str(address) not in used)
        for address in itertools.islice(free, _TRIES):
            error = _bind_error(address, port)
            if error is None:
                return Endpoint(address, port)
            if error == errno.EADDRNOTAVAIL:
                break
        endpoint = Endpoint(LOCALHOST, _free_port())
        LOG.warning(
            "no address of %s can be had with port %d: the DB instance listens on %s:%d",
            self.addresses,
            port,
            *endpoint,
        )
        return endpoint

    def has(self, endpoint: Endpoint) -> bool:
        """Tell whether an instance can be told to be there."""
        return not self.published or endpoint in self.published

    def listening(self, endpoint: Endpoint) -> Endpoint:
        """Return the address and port that the instance's server binds."""
        return Endpoint("*", self.published[endpoint].port) if endpoint in self.published else endpoint

    def reached(self, endpoint: Endpoint) -> Endpoint:
        """Return the address and port at which this process reaches the instance's server."""
        return self.published.get(endpoint, endpoint)

    def _published(self, port: int, taken: Collection[Endpoint]) -> Endpoint:
        free = [endpoint for endpoint in self.published if endpoint not in taken]
        if not free:
            LOG.error("all %d places that the postgres container publishes are taken", len(self.published))
            raise InsufficientDBInstanceCapacity
        found = next((endpoint for endpoint in free if endpoint.port == port), free[0])
        if found.port != port:
            LOG.warning("port %d is not published: the DB instance listens on %s:%d", port, *found)
        return found


def accepts_connections(endpoint: Endpoint, timeout_s: float = 1.0) -> bool:
    """Tell whether something listens there."""
    try:
        with socket.create_connection(endpoint, timeout=timeout_s):
            return True
    except OSError:
        return False


def _bind_error(address: str, port: int) -> int | None:
    """Return the errno of binding there, None where it works."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.errno
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        port: int = probe.getsockname()[1]
        return port
