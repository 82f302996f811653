"""A stack of its own for integration tests: the processes of the embedded engine, on free ports.

Everything it keeps lies in a temporary folder; a developer's stack is never touched.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from glue_app.bootstrap.layout import ROOT as REPOSITORY
from glue_app.bootstrap.stamps import write_atomically
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.cli import entry
from glue_app.emulator.state.generations import new_generation
from glue_app.settings import ACCOUNT_ID, REGION
from glue_app.stack import privacy, processes
from glue_app.stack.layout import StateLayout
from glue_app.stack.ports import free_port
from glue_app.stack.record import StackRecord
from glue_app.stack.services import LOCALSTACK, RUNNER, STUB, Service, services
from tests.support.polling import wait_for
from tests.support.state_folder import state_folder

__all__ = [
    "ACCOUNT_ID", "GLUE_JARS", "GLUE_PYTHON", "GLUE_VERSION", "JOB_MODULES", "REGION", "REPOSITORY",
    "LocalStack", "Server",
]  # fmt: skip

SETTINGS = entry.settings("the tests' stack")
GLUE_VERSION = SETTINGS.glue_version
GLUE_PYTHON = SETTINGS.tools / f"glue-{GLUE_VERSION}" / "bin" / "python"
GLUE_JARS = SETTINGS.tools / "jars" / GLUE_VERSION
JOB_MODULES = SETTINGS.tools / "job-modules" / GLUE_VERSION


@dataclass
class Server:
    """A process of the stack, with its log in a file."""

    service: Service
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self, timeout: float = 600.0) -> None:
        """Raises RuntimeError with the end of its log when it ends, which is seen at once, or hangs."""
        service = self.service
        service.prepare()
        self.process = processes.spawn(
            service.command, service.environment, REPOSITORY, self.log, privacy.umask()
        )
        try:
            wait_for(f"{service.name} at {service.health}", self._healthy, timeout)
        except (TimeoutError, RuntimeError) as error:
            self.stop()
            raise RuntimeError(f"{service.name}: {error}\n{self.tail()}") from error

    def _healthy(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError("ended at start")
        with contextlib.suppress(OSError, urllib.error.URLError):
            answer = urllib.request.urlopen(self.service.health, timeout=60)  # noqa: S310  (our own http URL)
            return bool(answer.status == 200)
        return False

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for what is left after 10 s."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(60)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def runs(self, pid: int) -> bool:
        """Whether a process that it started goes on, by the id that the process has for itself."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
        except FileNotFoundError:
            return False
        return stat.rpartition(")")[2].split()[0] != "Z"

    def logged(self) -> str:
        """All it has written so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def tail(self, lines: int = 60) -> str:
        return "\n".join(self.logged().splitlines()[-lines:])


class Stack:
    """A stack of either engine: `endpoint` for AWS calls, `client()` for boto3."""

    endpoint: str

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of the local account; its calls are not retried, so that errors show."""
        options.setdefault("region_name", REGION)
        options.setdefault("aws_access_key_id", "test")
        options.setdefault("aws_secret_access_key", "test")
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        new_client: Any = boto3.client  # its stubs want a literal name
        return new_client(service, endpoint_url=self.endpoint, config=config, **options)


class LocalStack(Stack):
    """A running stack of the embedded engine.

    Its Spark starts as the machine gives it: what `make up` prepares to make it faster is not waited for.
    """

    def __init__(self, state: Path) -> None:
        self.state = state
        self.edge_port = free_port()
        self.generation = new_generation()
        self.record = StackRecord("embedded", self.generation, self.edge_port, free_port(), free_port())
        self.endpoint = self.record.endpoint
        settings = replace(
            SETTINGS, state=state, edge_port=self.edge_port, spark_archive=False, warm_jvm=False
        )
        layout = StateLayout(state)
        write_atomically(layout.token, secrets.token_urlsafe(32), mode=0o600)
        servers = {
            service.name: Server(service, layout.log(service.name))
            for service in services(
                settings, Toolchain.load(settings.tools, settings.glue_version), self.record
            )
        }
        self.localstack, self.runner = servers[LOCALSTACK], servers[RUNNER]
        self.bedrock = servers[STUB]
        """Not started with the stack: the tests that need it ask for the `bedrock_stub` fixture."""

    def certificate(self) -> Path:
        """Of the authority that signs the databases' certificates."""
        return self.state / "rds" / "ca.pem"

    def start(self) -> None:
        self.runner.start()
        self.localstack.start()

    def stop(self) -> None:
        for server in (self.localstack, self.runner, self.bedrock):
            server.stop()


@contextlib.contextmanager
def stack_with(**environment: str) -> Iterator[LocalStack]:
    """A stack of one's own, with these settings of the plugin."""
    with state_folder() as state:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            running = LocalStack(state)
        try:
            running.start()
            yield running
        finally:
            running.stop()
