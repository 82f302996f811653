"""The patch listen_address: the gateway listens where GATEWAY_LISTEN says."""

from __future__ import annotations

from typing import Any

import pytest
from localstack import config
from localstack.runtime.server import twisted
from rolo.gateway import Gateway

from glue_app.emulator.host.patches import listen_address
from glue_app.emulator.host.patches.patch import original


def test_localstack_still_names_no_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason for the patch: without an interface, twisted binds 0.0.0.0."""
    named = []

    class Endpoint:
        def __init__(self, _reactor: Any, _port: int, *_: Any, interface: str = "", **__: Any) -> None:
            named.append(interface)

        def listen(self, _factory: Any) -> None: ...

    monkeypatch.setattr(twisted.endpoints, "TCP4ServerEndpoint", Endpoint)

    twisted.TwistedRuntimeServer().register(Gateway(), [config.HostAndPort("127.0.0.1", 4621)])

    assert named == [""]


def test_endpoint_is_bound_to_the_host_of_its_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """And to the loopback interface for a port GATEWAY_LISTEN does not name."""
    listen_address.apply()
    monkeypatch.setattr(config, "GATEWAY_LISTEN", [config.HostAndPort("127.0.0.9", 4621)])

    endpoints = [twisted.endpoints.TCP4ServerEndpoint(None, port) for port in (4621, 4622)]

    assert [endpoint._interface for endpoint in endpoints] == ["127.0.0.9", "127.0.0.1"]
    assert isinstance(endpoints[0], original(twisted.endpoints, "TCP4ServerEndpoint"))
