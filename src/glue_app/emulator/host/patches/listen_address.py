"""LocalStack binds 0.0.0.0 whatever host GATEWAY_LISTEN names: the stack would be open to the network.

`localstack/runtime/server/twisted.py` leaves the interface out ("TODO: interface = host?").
"""

from __future__ import annotations

from typing import Any

from localstack import config
from localstack.runtime.server import twisted

from .patch import Patch, replace


def _bound(original: type[Any]) -> type[Any]:
    class BoundEndpoint(original):  # type: ignore[misc]
        """Listens on the host that GATEWAY_LISTEN names for this port."""

        def __init__(self, reactor: Any, port: int, backlog: int = 50, interface: str = "") -> None:
            hosts = {listen.port: listen.host for listen in config.GATEWAY_LISTEN}
            super().__init__(reactor, port, backlog, interface or hosts.get(port, "127.0.0.1"))

    return BoundEndpoint


def apply() -> None:
    replace(twisted.endpoints, "TCP4ServerEndpoint", _bound)


PATCH = Patch("listen-address", "the gateway listens on the host of GATEWAY_LISTEN, not on 0.0.0.0", apply)
