"""A session of the official plugin, started as operators do: by the AWS CLI where it is there."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glue_app.bootstrap import session_manager_plugin
from glue_app.stack.ports import free_port
from glue_app.stack.terraform import aws_environment
from tests.integration.local_stack import REGION, SETTINGS
from tests.support.polling import wait_for

TO_REMOTE_HOST = "AWS-StartPortForwardingSessionToRemoteHost"
CONNECTION_ERROR = "Connection to destination port failed, check SSM Agent logs."


@dataclass
class Tunnel:
    """A running plugin that listens on `port` of localhost."""

    process: subprocess.Popen[bytes]
    port: int
    session_id: str
    output: Path
    connection: dict[str, Any] = field(default_factory=dict)

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def wait_until_says(self, text: str, timeout: float = 60.0) -> None:
        """Raises TimeoutError with all that it has said."""
        try:
            wait_for(f"the plugin to say {text!r}", lambda: text in self.said(), timeout)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; it said {self.said()!r}") from error

    def wait_until_ended(self, timeout: float = 60.0) -> None:
        wait_for("the plugin to end", lambda: self.process.poll() is not None, timeout)

    def interrupt(self) -> None:
        """Ctrl-C in the operator's terminal: CLI and plugin are one process group there."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def environment(endpoint: str) -> dict[str, str]:
    """As `.state/env.sh` has it, with the plugin on PATH."""
    plugin = session_manager_plugin.find(SETTINGS.tools)
    return {
        "PATH": os.pathsep.join([str(plugin.parent) if plugin else "", os.environ["PATH"]]),
        "HOME": os.environ.get("HOME", "/"),
        **aws_environment(endpoint),
    }


def by_cli(endpoint: str, target: str, parameters: Mapping[str, str]) -> list[str]:
    """The command of the README."""
    cli = SETTINGS.tools / "host" / "bin" / "aws"
    return [
        *(str(cli), "ssm", "start-session", "--target", target, "--document-name", TO_REMOTE_HOST),
        *("--parameters", json.dumps({name: [value] for name, value in parameters.items()})),
    ]


def by_plugin(endpoint: str, answer: Mapping[str, Any], target: str) -> list[str]:
    """What the CLI does with StartSession's answer."""
    fields = {name: answer[name] for name in ("SessionId", "TokenValue", "StreamUrl")}
    return [
        *("session-manager-plugin", json.dumps(fields), REGION, "StartSession", ""),
        *(json.dumps({"Target": target}), endpoint),
    ]


@contextlib.contextmanager
def opened(
    endpoint: str, target: str, host: str, port: int, folder: Path, local_port: int | None = None
) -> Iterator[Tunnel]:
    """A session through the AWS CLI whose plugin waits for connections."""
    local_port = local_port or free_port()
    parameters = {"host": host, "portNumber": str(port), "localPortNumber": str(local_port)}
    with running(by_cli(endpoint, target, parameters), environment(endpoint), folder, local_port) as tunnel:
        tunnel.wait_until_says("Waiting for connections...", 30)
        tunnel.session_id = tunnel.said().partition("SessionId: ")[2].split()[0]
        yield tunnel


@contextlib.contextmanager
def running(
    command: list[str], variables: Mapping[str, str], folder: Path, local_port: int
) -> Iterator[Tunnel]:
    """The program, gone with all it started when the block ends."""
    output = folder / f"plugin-{local_port}.log"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            command,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    tunnel = Tunnel(process, local_port, "", output)
    try:
        yield tunnel
    finally:
        tunnel.kill()
