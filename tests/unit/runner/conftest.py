"""A runner in this process whose "Python" runs scripts from a folder: no S3, no Spark, no boto3."""

from __future__ import annotations

import http.client
import json
import stat
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from glue_app.runner.runs import Runs
from glue_app.runner.server import RunnerServer
from glue_app.runner.settings import Settings
from tests.support.polling import wait_for

TOKEN = "a-token-of-the-tests"
# stands for `python -m glue_runner.launch`: same stdin, but s3://scripts/NAME is a file of the folder
LAUNCHER = """\
#!{python}
import json, os, pathlib, sys
launch = json.load(sys.stdin)
sys.argv = [launch["script"], *(w for pair in launch["arguments"].items() for w in pair)]
source = pathlib.Path({folder!r}, launch["script"].rpartition("/")[2]).read_text()
exec(compile(source, "script.py", "exec"), {{"run_dir": launch["run_dir"], "guard": launch["guard"]}})
"""


@dataclass
class Runner:
    """The runner under test, spoken to over HTTP as the plugin does."""

    server: RunnerServer
    scripts: Path

    def request(self, method: str, path: str, body: Any = None, token: str = TOKEN) -> tuple[int, Any]:
        """Status, and the answer: JSON decoded, a log as bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=60)
        payload = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        connection.request(method, path, payload, {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        is_json = answer.headers["Content-Type"] == "application/json"
        return answer.status, json.loads(data) if is_json else data

    def start(self, run_id: str, script: str, **fields: Any) -> None:
        (self.scripts / run_id).write_text(textwrap.dedent(script))
        status, answer = self.request("POST", "/runs", {"id": run_id, "script": f"s3://s/{run_id}", **fields})
        assert status == 202, answer

    def wait(self, run_id: str, *states: str, timeout: float = 60.0) -> dict[str, Any]:
        """The run once it is in one of the states (any it ends in by default)."""
        wanted = states or ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")

        def reached() -> dict[str, Any] | None:
            run: dict[str, Any] = self.request("GET", f"/runs/{run_id}")[1]
            return run if run["state"] in wanted else None

        return wait_for(f"{run_id} to be one of {wanted}", reached, timeout)

    def wait_for_output(self, run_id: str, timeout: float = 60.0) -> str:
        return wait_for(f"output of {run_id}", lambda: self.log(run_id), timeout)

    def log(self, run_id: str, stream: str = "stdout", offset: int = 0) -> str:
        status, data = self.request("GET", f"/runs/{run_id}/log?stream={stream}&offset={offset}")
        assert status == 200
        return str(data.decode())


@pytest.fixture
def make_runner(tmp_path: Path) -> Iterator[Callable[..., Runner]]:
    """make_runner(**settings): a runner on a free port; all its processes end with the test."""
    made: list[Runner] = []
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    launcher = tmp_path / "python"
    launcher.write_text(LAUNCHER.format(python=sys.executable, folder=str(scripts)))
    launcher.chmod(launcher.stat().st_mode | stat.S_IXUSR)

    def make(**options: Any) -> Runner:
        home = tmp_path / f"home{len(made)}"
        fields = {"port": 0, "token": TOKEN, "home": home, "python": str(launcher), "stop_grace_seconds": 0.5}
        settings = Settings(**{**fields, **options})
        server = RunnerServer(settings, Runs(settings))
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        made.append(Runner(server, scripts))
        return made[-1]

    yield make
    for runner in made:
        runner.server.runs.stop_all()
        runner.server.shutdown()
        runner.server.server_close()


@pytest.fixture
def runner(make_runner: Callable[..., Runner]) -> Runner:
    return make_runner()
