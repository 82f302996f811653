"""Shared by all integration tests: one stack a test session."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.compose_stack import WANTED, ComposeStack
from tests.integration.local_stack import LocalStack, Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A running LocalStack with our plugin and a running Glue runner, on free ports, in a temporary folder.

    With ENGINE=docker as containers, else as processes.

    `stack.client("s3")` is a boto3 client; `stack.endpoint`, `stack.state`, `stack.record` say the rest.
    Not in pytest's own temporary folder: other users of the machine (postgres) must be able to enter it.
    """
    state = Path(tempfile.mkdtemp(prefix="glue-app-"))
    state.chmod(0o755)
    running = ComposeStack(state) if WANTED else LocalStack(state)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(state, ignore_errors=True)


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
