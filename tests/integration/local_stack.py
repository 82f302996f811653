"""A stack of its own for integration tests: LocalStack with our plugin and the Glue runner, on free ports.

Everything it keeps lies in a temporary folder; a developer's stack is never touched.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import boto3
from botocore.config import Config

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = Path(os.environ.get("GLUE_APP_TOOLS") or REPOSITORY / ".tools")
GLUE_PYTHON = TOOLS / "glue-4.0" / "bin" / "python"
GLUE_JARS = TOOLS / "jars" / "4.0"
REGION = "us-east-1"
ACCOUNT_ID = "000000000000"

Result = TypeVar("Result")


def wait_for(
    what: str, check: Callable[[], Result | None], timeout: float = 30.0, interval: float = 0.1
) -> Result:
    """Polls until `check` returns something true, and returns that. Raises TimeoutError naming `what`."""
    deadline = time.monotonic() + timeout
    while not (result := check()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s for {what}")
        time.sleep(interval)
    return result


def free_port() -> int:
    """A port of the loopback interface nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A process of the stack, with its log in a file."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    cwd: Path
    state: Path  # the stack's; its log goes to logs/<name>.log there
    health_url: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.state / "logs" / f"{self.name}.log"

    def start(self, timeout: float = 60.0) -> None:
        """Raises RuntimeError with the end of its log when it ends or does not answer in time."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=self.cwd,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_for(f"{self.name} at {self.health_url}", self._healthy, timeout)
        except (TimeoutError, RuntimeError) as error:
            self.stop()
            raise RuntimeError(f"{self.name}: {error}\n{self.tail()}") from error

    def _healthy(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError("ended at start")
        with contextlib.suppress(OSError, urllib.error.URLError):
            answer = urllib.request.urlopen(self.health_url, timeout=2)  # noqa: S310  (our own http URL)
            return bool(answer.status == 200)
        return False

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for what is left after 10 s."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def tail(self, lines: int = 60) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


@dataclass
class LocalStack:
    """A running stack: `endpoint` for AWS calls, `client()` for boto3."""

    state: Path
    edge_port: int = field(default_factory=free_port)
    runner_port: int = field(default_factory=free_port)
    bedrock_port: int = field(default_factory=free_port)
    generation: str = field(default_factory=lambda: secrets.token_hex(4))
    localstack_environment: Mapping[str, str] = field(default_factory=dict)  # on top of the usual
    runner_environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for folder in ("run", "logs", "localstack", "glue"):
            (self.state / folder).mkdir(parents=True, exist_ok=True)
        self.token_file = self.state / "run" / "runner.token"
        self.token_file.touch(0o600)
        self.token_file.write_text(secrets.token_hex(32))
        self.localstack = self._localstack()
        self.runner = self._runner()
        self.bedrock = self._bedrock()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.edge_port}"

    @property
    def runner_url(self) -> str:
        return f"http://127.0.0.1:{self.runner_port}"

    @property
    def bedrock_url(self) -> str:
        return f"http://127.0.0.1:{self.bedrock_port}"

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of the local account; its calls are not retried, so that errors show."""
        options.setdefault("region_name", REGION)
        options.setdefault("aws_access_key_id", "test")
        options.setdefault("aws_secret_access_key", "test")
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        new_client: Any = boto3.client  # its stubs want a literal name
        return new_client(service, endpoint_url=self.endpoint, config=config, **options)

    def start(self) -> None:
        self.runner.start()
        self.localstack.start()

    def stop(self) -> None:
        for server in (self.localstack, self.runner, self.bedrock):
            server.stop()

    # ------------------------------------------------------------------ the servers
    def _base_environment(self) -> dict[str, str]:
        dropped = ("AWS_", "GLUE_APP_", "RUNNER_", "LOCALSTACK_", "PYTEST_")
        return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}

    def _localstack(self) -> Server:
        gateway = f"127.0.0.1:{self.edge_port}"
        environment = {
            **self._base_environment(),
            "GATEWAY_LISTEN": gateway,
            "LOCALSTACK_HOST": gateway,
            "SQS_ENDPOINT_STRATEGY": "off",
            "OVERRIDE_IN_DOCKER": "0",
            "DISABLE_EVENTS": "1",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DNS_ADDRESS": "0",
            "FILESYSTEM_ROOT": str(self.state / "localstack"),
            "EAGER_SERVICE_LOADING": "0",
            "GLUE_APP_STATE": str(self.state),
            "GLUE_APP_GENERATION": self.generation,
            "GLUE_APP_RUNNER_URL": self.runner_url,
            "GLUE_APP_TOKEN_FILE": str(self.token_file),
            "GLUE_APP_BEDROCK_URL": self.bedrock_url,
            **self.localstack_environment,
        }
        command = [sys.executable, "-m", "localstack.runtime.main"]
        health = f"{self.endpoint}/_localstack/health"
        return Server("localstack", command, environment, self.state, self.state, health)

    def _runner(self) -> Server:
        environment = {
            **self._base_environment(),
            "PYTHONPATH": str(REPOSITORY),
            "RUNNER_PORT": str(self.runner_port),
            "RUNNER_TOKEN_FILE": str(self.token_file),
            "RUNNER_HOME": str(self.state / "glue"),
            "RUNNER_JARS": str(GLUE_JARS),
            "RUNNER_EXTRA_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1",
            **self.runner_environment,
        }
        command = [str(GLUE_PYTHON), "-m", "emulator.runner"]
        health = f"{self.runner_url}/healthz"
        return Server("runner", command, environment, self.state, self.state, health)

    def _bedrock(self) -> Server:
        """Not started with the stack: the tests that need it ask for the `bedrock_stub` fixture."""
        command = [
            sys.executable, "-m", "uvicorn", "stub_bedrock.app:app",
            "--host", "127.0.0.1", "--port", str(self.bedrock_port),
        ]  # fmt: skip
        health = f"{self.bedrock_url}/_stub/health"
        return Server("bedrock", command, self._base_environment(), REPOSITORY, self.state, health)
