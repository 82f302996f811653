"""The same stack for integration tests on the Docker engine: ENGINE=docker chooses it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from glue_app.containers.engine import find
from glue_app.settings import Settings
from glue_app.stack.compose import DATABASES, LOCALSTACK, Compose
from glue_app.stack.docker import DockerEngine
from glue_app.stack.ports import free_port
from glue_app.stack.record import StackRecord
from tests.integration.local_stack import Stack

WANTED = os.environ.get("ENGINE") == "docker"


class Container:
    """A service of the stack."""

    def __init__(self, compose: Compose, name: str) -> None:
        self._compose, self._name = compose, name

    def kill(self) -> None:
        """SIGKILL, as a crash would. The engine does not start again what was killed by hand."""
        self._compose.run("kill", "--signal", "KILL", self._name)

    def runs(self, pid: int) -> bool:
        """Whether a process goes on in it, by its id in there. A container that ended has none."""
        if dict(self._compose.services()).get(self._name) != "healthy":
            return False
        shown = self._compose.run("exec", "-T", self._name, "bash", "-c", f"cat /proc/{pid}/stat || true")
        return bool(shown) and shown.rpartition(")")[2].split()[0] != "Z"

    def logged(self) -> str:
        """All it has written so far."""
        return self._compose.run("logs", "--no-color", "--no-log-prefix", self._name)

    def start(self) -> None:
        """Raises ComposeError when it does not become healthy."""
        self._compose.run("up", "--detach", "--wait", "--no-build", self._name)


class ComposeStack(Stack):
    """Containers of its own project, on free ports; what they keep goes with them."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.edge_port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.edge_port}"
        options = {"engine": "docker", "keep_state": False, "warm_jvm": False}
        settings = replace(
            Settings.from_environment(),
            state=state,
            edge_port=self.edge_port,
            **options,  # type: ignore[arg-type]
        )
        docker = find(tools=settings.tools)
        if docker is None:
            raise RuntimeError("ENGINE=docker, and no engine answers: run these by `make test SUITE=docker`")
        self._engine = DockerEngine(settings, docker, print)
        self.compose = Compose(docker, settings, print)
        self.localstack = Container(self.compose, LOCALSTACK)
        self.runner = Container(self.compose, "glue")
        self.bedrock = Container(self.compose, "bedrock-stub")

    def start(self) -> None:
        self.record: StackRecord = self._engine.up()
        self.generation = self.record.generation

    def stop(self) -> None:
        self._engine.forget()

    def certificate(self) -> Path:
        """Of the authority that signs the databases' certificates, copied out of its volume."""
        file = self.state / "ca.pem"
        self.compose.run("cp", f"{LOCALSTACK}:{DATABASES}/ca.pem", str(file))
        return file


@contextmanager
def running(state: Path) -> Iterator[ComposeStack]:
    stack = ComposeStack(state)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
