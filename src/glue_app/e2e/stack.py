"""The running stack as `make e2e` uses it: clients, Terraform's outputs, Gold, the stub's own counters."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import psycopg

from glue_app.bootstrap.errors import BootstrapError
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.e2e.errors import StackNotRunningError
from glue_app.e2e.silver import LakeReader
from glue_app.settings import Settings
from glue_app.stack.commands import Commands
from glue_app.stack.errors import StackError
from glue_app.stack.layout import StateLayout
from glue_app.stack.terraform import aws_environment, region_of

REPORT_NAME = "e2e.json"


@dataclass(frozen=True)
class RunningStack:
    """A stack that is up and applied."""

    endpoint: str
    engine: str
    stub_url: str
    outputs: dict[str, Any]
    report_path: Path
    commands: Commands
    own_contracts: Path

    @classmethod
    def connect(cls, settings: Settings | None = None) -> RunningStack:
        """Return the stack of these settings, by default the environment's.

        Raise StackNotRunningError, naming what is missing.
        """
        try:
            settings = settings or Settings.from_environment()
            commands = Commands(settings, Toolchain.load(settings.tools, settings.glue_version), print)
            record = commands.running()
            outputs = commands.outputs()
        except (StackError, BootstrapError) as error:
            raise StackNotRunningError(error.problem, error.remedy) from error
        if "state_machine_arn" not in outputs:
            raise StackNotRunningError("nothing is applied on it")
        report = settings.state / REPORT_NAME
        own = StateLayout(settings.state).datasets
        return cls(record.endpoint, record.engine, record.stub_url, outputs, report, commands, own)

    def apply(self) -> None:
        """Bring the stack to what `infra/` and the contracts say now. Raise StackNotRunningError."""
        try:
            self.commands.apply()
        except StackError as error:
            raise StackNotRunningError(error.problem, error.remedy) from error

    @property
    def glue_version(self) -> str:
        """Return the version of Glue, as the job itself says it."""
        job = self.client("glue").get_job(JobName=self.outputs["glue_job_name"])["Job"]
        return str(job["GlueVersion"])

    @property
    def shown_report_path(self) -> str:
        return os.path.relpath(self.report_path)

    def client(self, service: str) -> Any:
        """Return a boto3 client of this stack, whatever the user's own AWS settings are."""
        aws = aws_environment(self.endpoint)
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            region_name=region_of(self.outputs),
            aws_access_key_id=aws["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=aws["AWS_SECRET_ACCESS_KEY"],
        )

    def lake(self) -> LakeReader:
        aws = aws_environment(self.endpoint)
        return LakeReader(
            bucket=self.outputs["silver_bucket"],
            endpoint_url=self.endpoint,
            access_key=aws["AWS_ACCESS_KEY_ID"],
            secret_key=aws["AWS_SECRET_ACCESS_KEY"],
            region=region_of(self.outputs),
        )

    def gold(self) -> psycopg.Connection[Any]:
        """Return a connection to Gold with the secret that RDS manages."""
        return self._gold("gold_secret_arn")

    def gold_as_bi(self) -> psycopg.Connection[Any]:
        """Return a connection to Gold as a BI tool has it: role bi_reader.

        Raise StackNotRunningError where an older apply knows no such role.
        """
        if "bi_secret_arn" not in self.outputs:
            raise StackNotRunningError("what is applied on it does not know bi_reader: run make apply")
        return self._gold("bi_secret_arn")

    def _gold(self, secret_output: str) -> psycopg.Connection[Any]:
        secrets = self.client("secretsmanager")
        secret = json.loads(secrets.get_secret_value(SecretId=self.outputs[secret_output])["SecretString"])
        return psycopg.connect(
            host=self.outputs["gold_address"],
            port=self.outputs["gold_port"],
            dbname=self.outputs["gold_database"],
            user=secret["username"],
            password=secret["password"],
            sslmode="require",
            autocommit=True,
        )

    def bedrock_calls(self) -> int:
        """Return how many calls reached the stub, by its own count: a second opinion on the job's."""
        answer = httpx.get(f"{self.stub_url}/_stub/calls", timeout=10, trust_env=False)  # loopback: no proxy
        return int(answer.json()["calls"])
