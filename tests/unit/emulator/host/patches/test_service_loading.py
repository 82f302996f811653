"""The patch service_loading: what a request finds that comes while its service is loaded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

from localstack.aws.handlers.service_plugin import ServiceLoader
from localstack.services.plugins import Service

from glue_app.emulator.host.patches import service_loading
from glue_app.emulator.host.patches.patch import original

CONTEXT = SimpleNamespace(service=SimpleNamespace(service_name="ec2"))
LIMIT = 30


class Routes:
    """A router that is given its routes slowly."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.are_there = False

    def add_skeleton(self, _: Any) -> None:
        self.begun.set()
        assert self.go_on.wait(LIMIT)
        self.are_there = True


def second_finds_routes(require: Callable[..., None], *, waits: bool) -> bool:
    """Let one request load the service while a second one comes; tell whether that finds the routes."""
    routes = Routes()
    manager = MagicMock(**{"require.return_value": Service("ec2")})
    loader = ServiceLoader(manager, routes)
    came = threading.Event()

    def second() -> bool:
        came.set()
        require(loader, None, CONTEXT, None)
        return routes.are_there

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(require, loader, None, CONTEXT, None)
        assert routes.begun.wait(LIMIT)
        found = pool.submit(second)
        assert came.wait(LIMIT)
        if not waits:
            found.result(LIMIT)
        routes.go_on.set()
        first.result(LIMIT)
        return found.result(LIMIT)


def test_localstack_still_lets_a_request_pass_before_the_routes_are_there() -> None:
    assert not second_finds_routes(original(ServiceLoader, "require_service"), waits=False)


def test_a_request_that_comes_while_its_service_is_loaded_waits_for_its_routes() -> None:
    service_loading.apply()

    assert second_finds_routes(ServiceLoader.require_service, waits=True)
