"""Shared by all integration tests: one stack a test session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.compose_stack import WANTED, ComposeStack
from tests.integration.local_stack import LocalStack, Stack
from tests.support.state_folder import state_folder


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A running LocalStack with our plugin and a running Glue runner, on free ports, in a temporary folder.

    With ENGINE=docker as containers, else as processes.

    `stack.client("s3")` is a boto3 client; `stack.endpoint`, `stack.state`, `stack.record` say the rest.
    """
    with state_folder() as state:
        running = ComposeStack(state) if WANTED else LocalStack(state)
        try:
            running.start()
            yield running
        finally:
            running.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On the Docker engine there are no processes of the stack to look at."""
    if WANTED:
        for item in items:
            if marker := item.get_closest_marker("embedded"):
                item.add_marker(pytest.mark.skip(reason=f"of the embedded engine: {marker.args[0]}"))


@pytest.fixture(scope="session")
def bedrock_stub(stack: LocalStack) -> str:
    """The URL of a running Bedrock stub, the one the stack forwards to."""
    stack.bedrock.start()
    return stack.record.stub_url


@pytest.fixture(scope="session")
def client(stack: LocalStack) -> Callable[[str], Any]:
    """boto3 clients of the stack, one a service."""
    clients: dict[str, Any] = {}

    def of(service: str) -> Any:
        if service not in clients:
            clients[service] = stack.client(service)
        return clients[service]

    return of
