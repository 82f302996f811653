"""The stub under uvicorn, as the stack runs it, and real boto3 clients against it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from glue_app.stack.ports import free_port
from tests.support.polling import wait_for

REPOSITORY = Path(__file__).parents[3]


class RunningStub:
    """A stub process and the ways to talk to it."""

    def __init__(self, port: int, pid: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.pid = pid
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)  # no proxy to loopback

    def client(self, service: str = "bedrock-runtime", *, attempts: int = 1, mode: Any = "standard") -> Any:
        """A boto3 client that makes so many attempts a call."""
        return boto3.client(
            service,  # type: ignore[call-overload]  # the name is a parameter
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": attempts, "mode": mode}, max_pool_connections=128),
        )

    def faults(self, **faults: Any) -> None:
        self.http.put("/_stub/faults", json=faults).raise_for_status()

    def calls(self) -> dict[str, Any]:
        counted: dict[str, Any] = self.http.get("/_stub/calls").json()
        return counted

    def resident_kb(self) -> int:
        """Resident memory of the process, in KiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


@pytest.fixture(scope="session")
def stub_process() -> Iterator[RunningStub]:
    port = free_port()
    command = ["-m", "uvicorn", "stub_bedrock.app:app", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen([sys.executable, *command, "--log-level", "warning"], cwd=REPOSITORY)
    try:
        stub = RunningStub(port, process.pid)
        _wait_until_healthy(stub, process)
        yield stub
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture
def stub(stub_process: RunningStub) -> Iterator[RunningStub]:
    """The running stub without faults, its counters at zero."""
    stub_process.http.delete("/_stub/faults")
    stub_process.http.delete("/_stub/calls")
    yield stub_process
    stub_process.http.delete("/_stub/faults")


@pytest.fixture
def runtime(stub: RunningStub) -> Any:
    """A bedrock-runtime client that does not retry."""
    return stub.client()


@pytest.fixture
def raised(runtime: Any) -> Callable[[str], type[Exception]]:
    """The client's typed exception of a name."""

    def named(code: str) -> type[Exception]:
        exception: type[Exception] = getattr(runtime.exceptions, code)
        return exception

    return named


def _wait_until_healthy(stub: RunningStub, process: subprocess.Popen[bytes]) -> None:
    def healthy() -> bool:
        assert process.poll() is None, f"the stub ended with {process.returncode}"
        with suppress(httpx.HTTPError):
            return stub.http.get("/_stub/health").is_success
        return False

    wait_for(f"the stub at {stub.url}", healthy)
