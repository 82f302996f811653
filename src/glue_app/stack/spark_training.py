"""Makes Spark's class-data-sharing archive: a job run on the stack itself, beside the first apply."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from glue_app.bootstrap.layout import ROOT
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import REGION, Settings
from glue_app.stack import ports, processes, spark_archive
from glue_app.stack.layout import StateLayout
from glue_app.stack.processes import MARKER, Process
from glue_app.stack.record import StackRecord
from glue_app.stack.services import inherited, runner_environment
from glue_app.stack.terraform import aws_environment

_SCRIPT = Path(__file__).with_name("spark_training_job.py")
_BUCKET = "glue-app-spark-training"
_RUN_TIMEOUT_S = 300.0
_PATIENCE_S = 30.0  # for what is left of it when the apply is done


class Training:
    """One attempt; when it fails, Spark starts without an archive, and the next `make up` tries again."""

    def __init__(self, settings: Settings, toolchain: Toolchain, record: StackRecord) -> None:
        self._settings = settings
        self._toolchain = toolchain
        self._record = record
        self._archive = spark_archive.path_of(toolchain)
        self._work = settings.state / "spark-training"
        self._new = self._archive.with_suffix(f".{os.getpid()}.jsa")
        self._runner: subprocess.Popen[bytes] | None = None
        self._address = ("127.0.0.1", 0)
        self._token = secrets.token_urlsafe(32)
        self._began = 0.0

    def begin(self) -> None:
        """Start it in the background, if there is no archive and one is wanted."""
        if not self._settings.spark_archive or self._archive.exists():
            return
        self._began = time.monotonic()
        with contextlib.suppress(OSError, BotoCoreError, ClientError, http.client.HTTPException):
            self._archive.parent.mkdir(parents=True, exist_ok=True)
            self._start_runner()
            self._upload()
            self._post_run()

    def finish(self, say: Callable[[str], None]) -> None:
        """Wait for it and put the archive in its place; without one, go on."""
        if self._runner is None:
            return
        try:
            state = self._wait()
            if state == "SUCCEEDED" and self._new.exists():
                os.replace(self._new, self._archive)
                seconds = time.monotonic() - self._began
                say(f"Spark's class archive made in {seconds:.0f} s: job runs start sooner")
            else:
                say(f"no class archive for Spark ({state}); job runs start about 4 s later")
                self._keep_log()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """End it and leave nothing of it."""
        runner, self._runner = self._runner, None
        if runner is not None:
            process = Process.of(runner.pid)
            processes.end([process] if process else [])
            runner.wait()
        self._new.unlink(missing_ok=True)
        shutil.rmtree(self._work, ignore_errors=True)
        with contextlib.suppress(BotoCoreError, ClientError):
            self._empty_bucket()

    def _start_runner(self) -> None:
        shutil.rmtree(self._work, ignore_errors=True)
        self._work.mkdir(parents=True)
        token = self._work / "token"
        token.touch(mode=0o600)
        token.write_text(self._token)
        self._address = ("127.0.0.1", ports.free_port())
        options = f"-XX:TieredStopAtLevel=1 {spark_archive.make_options(self._new)}"
        env = inherited(os.environ) | {MARKER: str(self._settings.state)}
        env |= runner_environment(self._toolchain, self._address[1], self._work, token, options)
        command: list[str | Path] = [self._toolchain.glue_python, "-m", "glue_app.runner"]
        self._runner = processes.spawn(command, env, ROOT, self._log)

    @property
    def _log(self) -> Path:
        return StateLayout(self._settings.state).log("spark-training")

    def _upload(self) -> None:
        s3 = self._s3()
        s3.create_bucket(Bucket=_BUCKET)
        s3.put_object(Bucket=_BUCKET, Key="job.py", Body=_SCRIPT.read_bytes())

    def _post_run(self) -> None:
        body = {
            "id": "training",
            "script": f"s3://{_BUCKET}/job.py",
            "arguments": {"--datalake-formats": "delta", "--bucket": _BUCKET},
            "environment": aws_environment(self._record.endpoint),
            "timeout_seconds": _RUN_TIMEOUT_S,
        }
        deadline = time.monotonic() + 20
        while True:
            try:
                self._call("POST", "/runs", body)
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _wait(self) -> str:
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            try:
                state = str(self._call("GET", "/runs/training")["state"])
            except (OSError, KeyError, ValueError, http.client.HTTPException) as e:
                return f"its runner doesn't answer: {e}"
            if state not in ("STARTING", "RUNNING"):
                return state
            time.sleep(0.2)
        return "it took too long"

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection(*self._address, timeout=10)
        with contextlib.closing(connection):
            text = json.dumps(body) if body is not None else None
            connection.request(method, path, text, {"Authorization": f"Bearer {self._token}"})
            answer = json.loads(connection.getresponse().read())
        return answer if isinstance(answer, dict) else {}

    def _keep_log(self) -> None:
        with self._log.open("ab") as sink:
            for part in sorted(self._work.glob("runs/training/*.log")):
                sink.write(part.read_bytes())

    def _s3(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self._record.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator takes any
        )

    def _empty_bucket(self) -> None:
        s3 = self._s3()
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=_BUCKET):
            for found in page.get("Contents", []):
                s3.delete_object(Bucket=_BUCKET, Key=found["Key"])
        s3.delete_bucket(Bucket=_BUCKET)
