"""Where a server listens: a loopback address of its own with the port that was asked for.

On Linux every address of 127.0.0.0/8 is there. A Mac has only 127.0.0.1: there an instance gets that
address and a free port.
"""

from __future__ import annotations

import errno
import ipaddress
import itertools
import logging
import socket
from collections.abc import Collection

from .models import Endpoint

LOG = logging.getLogger(__name__)

LOCALHOST = "127.0.0.1"
_TRIES = 64


def allocate(network: ipaddress.IPv4Network, port: int, taken: Collection[Endpoint]) -> Endpoint:
    """A free endpoint, the lowest address of `network` first; addresses of deleted instances are used again.

    taken: endpoints of the instances there are, whether their servers run or not.
    """
    used = {endpoint.address for endpoint in taken}
    free = (str(address) for address in network.hosts() if str(address) not in used)
    for address in itertools.islice(free, _TRIES):
        error = _bind_error(address, port)
        if error is None:
            return Endpoint(address, port)
        if error == errno.EADDRNOTAVAIL:
            break
    endpoint = Endpoint(LOCALHOST, _free_port())
    LOG.warning(
        "no address of %s can be had with port %d: the DB instance listens on %s:%d",
        network,
        port,
        *endpoint,
    )
    return endpoint


def accepts_connections(endpoint: Endpoint, timeout_s: float = 1.0) -> bool:
    """Whether something listens there."""
    try:
        with socket.create_connection(endpoint, timeout=timeout_s):
            return True
    except OSError:
        return False


def _bind_error(address: str, port: int) -> int | None:
    """The errno of binding there, None where it works."""
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
