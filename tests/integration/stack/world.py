"""A state folder of its own, with a Terraform configuration so small that an apply is quick."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import Settings
from glue_app.stack import ports, processes
from glue_app.stack.commands import Commands
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord
from tests.support.polling import wait_for

CONFIGURATION = """
terraform {
  required_providers { aws = { source = "hashicorp/aws", version = "5.100.0" } }
}
provider "aws" {
  region = "us-east-1"
}
resource "aws_cloudwatch_log_group" "one" {
  name = "one"
}
output "group" { value = aws_cloudwatch_log_group.one.arn }
"""
MAKE_UP = """
import sys
from pathlib import Path
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import Settings
from glue_app.stack.commands import Commands
options = {"keep_state": sys.argv[4] == "True", "spark_archive": False, "warm_jvm": False}
settings = Settings(state=Path(sys.argv[1]), edge_port=int(sys.argv[2]), **options)
commands = Commands(settings, Toolchain.load(), lambda text: print(text, flush=True), Path(sys.argv[3]))
getattr(commands, sys.argv[5])()
"""
ROOT = Path(__file__).parents[3]


class World:
    """A state folder, a Terraform folder and what was said."""

    def __init__(self, root: Path, keep_state: bool) -> None:
        self.infra = root / "infra"
        self.infra.mkdir()
        (self.infra / "versions.tf").write_text(CONFIGURATION)
        self.settings = Settings(
            state=root / "state",
            snapshots=root / "snapshots",
            edge_port=ports.free_port(),
            keep_state=keep_state,
            spark_archive=False,
            warm_jvm=False,
        )
        self.layout = StateLayout(self.settings.state)
        self.said: list[str] = []

    @property
    def commands(self) -> Commands:
        self.said.clear()
        return Commands(self.settings, Toolchain.load(), self.said.append, self.infra)

    @property
    def record(self) -> StackRecord:
        record = StackRecord.read(self.layout.record)
        assert record
        return record

    def groups(self) -> list[str]:
        """What is in the emulator, whatever Terraform's state says."""
        return [group["logGroupName"] for group in self.client("logs").describe_log_groups()["logGroups"]]

    def client(self, service: str) -> Any:
        """Its calls are not retried, so that errors show."""
        new_client: Any = boto3.client  # its stubs want a literal name
        return new_client(
            service,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
            endpoint_url=self.settings.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def kill(self, *names: str) -> None:
        for name in names:
            process = self.record.processes[name]
            os.kill(process.pid, signal.SIGKILL)
            wait_for(f"the end of {name}", lambda process=process: ended(process), 60)

    def up_in_another_process(self, command: str = "up") -> subprocess.Popen[str]:
        """`make up`, or another command, as a process that can be killed."""
        values = [self.settings.state, self.settings.edge_port, self.infra, self.settings.keep_state, command]
        return subprocess.Popen(
            [sys.executable, "-c", MAKE_UP, *map(str, values)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


def ended(process: processes.Process) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)  # a child of the test's process: reap it
    return not process.alive


@contextlib.contextmanager
def made_world(keep_state: bool) -> Iterator[World]:
    """A world that leaves no process and no file behind."""
    root = Path(tempfile.mkdtemp(prefix="glue-app-stack-"))
    root.chmod(0o755)
    world = World(root, keep_state)
    try:
        yield world
    finally:
        world.commands.forget()
        assert processes.of_stack(world.settings.state) == []
        shutil.rmtree(root, ignore_errors=True)
