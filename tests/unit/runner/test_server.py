"""The runner over HTTP: runs and their ends, logs, and what it refuses."""

from __future__ import annotations

import errno
import http.client
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glue_app.runner import kernel_guard
from tests.support.polling import wait_for

SOURCE = Path(__file__).parents[3] / "src"
SLEEP = "import time; print('up', flush=True); time.sleep(600)"


def alive(pid: int) -> bool:
    """False also for a zombie: a killed process that nobody has reaped yet."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] not in ("", "Z")


def test_a_run_succeeds_and_its_streams_are_kept_apart(runner: Any) -> None:
    runner.start(
        "jr_1", "import sys; print(sys.argv[1:]); print('bad', file=sys.stderr)", arguments={"--a": "b c"}
    )
    run = runner.wait("jr_1")
    assert (run["state"], run["exit_code"], run["error"]) == ("SUCCEEDED", 0, None)
    assert runner.log("jr_1") == "['--a', 'b c']\n"
    assert runner.log("jr_1", "stderr") == "bad\n"
    assert run["log_bytes"] == {"stdout": 15, "stderr": 4}
    assert run["created_at"] <= run["started_at"] <= run["ended_at"]


@pytest.mark.parametrize(
    ("script", "exit_code", "error"),
    [
        ("import sys; sys.exit(3)", 3, "Command failed with exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", -9, "Command failed with exit code 137"),
        (
            "import sys; open(run_dir + '/error.txt', 'w').write('ValueError: boom'); sys.exit(1)",
            1,
            "ValueError: boom",
        ),
    ],
)
def test_a_failure_says_why(runner: Any, script: str, exit_code: int, error: str) -> None:
    runner.start("jr_1", script)
    run = runner.wait("jr_1")
    assert (run["state"], run["exit_code"], run["error"]) == ("FAILED", exit_code, error)


def test_stopping_ends_the_whole_process_group(runner: Any) -> None:
    runner.start(
        "jr_1",
        "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)",
    )
    runner.wait("jr_1", "RUNNING")
    runner.wait_for_output("jr_1")
    status, answer = runner.request("DELETE", "/runs/jr_1")
    assert status == 202
    assert answer["state"] in ("STOPPING", "STOPPED")
    run = runner.wait("jr_1")
    assert (run["state"], run["error"]) == ("STOPPED", None)
    assert not alive(int(runner.log("jr_1")))
    assert runner.request("DELETE", "/runs/jr_1")[1]["state"] == "STOPPED"  # twice is safe


def test_what_a_script_leaves_running_ends_with_it(runner: Any) -> None:
    runner.start("jr_1", "import subprocess; print(subprocess.Popen(['sleep', '600']).pid)")
    assert runner.wait("jr_1")["state"] == "SUCCEEDED"
    assert not alive(int(runner.log("jr_1")))


def test_a_script_that_ignores_sigterm_is_killed_after_the_grace_period(runner: Any) -> None:
    runner.start("jr_1", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEP)
    runner.wait_for_output("jr_1")
    runner.request("DELETE", "/runs/jr_1")
    assert runner.wait("jr_1")["state"] == "STOPPED"


def test_a_run_over_its_time_is_ended_as_timeout(runner: Any) -> None:
    runner.start("jr_1", SLEEP, timeout_seconds=0.3)
    assert runner.wait("jr_1")["state"] == "TIMEOUT"


def test_runs_beyond_the_slots_wait_in_starting_and_can_be_stopped_there(
    make_runner: Callable[..., Any],
) -> None:
    runner = make_runner(slots=1)
    runner.start("jr_1", SLEEP)
    runner.wait("jr_1", "RUNNING")
    runner.start("jr_2", "print('never')")
    runner.start("jr_3", "print('later')")
    assert runner.wait("jr_2", "STARTING")["started_at"] is None
    runner.request("DELETE", "/runs/jr_2")
    assert runner.wait("jr_2")["state"] == "STOPPED"
    runner.request("DELETE", "/runs/jr_1")
    assert runner.wait("jr_3")["state"] == "SUCCEEDED"
    assert runner.log("jr_2") == ""


def test_a_log_is_read_on_from_an_offset(runner: Any) -> None:
    runner.start("jr_1", "print('abc')")
    runner.wait("jr_1")
    assert runner.log("jr_1", offset=2) == "c\n"
    assert runner.log("jr_1", offset=99) == ""


def test_an_unknown_run_is_404_also_after_a_restart(make_runner: Callable[..., Any], tmp_path: Path) -> None:
    first = make_runner()
    first.start("jr_1", "pass")
    first.wait("jr_1")
    second = make_runner(home=first.server.settings.home)
    for method, path in (
        ("GET", "/runs/jr_1"),
        ("GET", "/runs/jr_1/log"),
        ("DELETE", "/runs/jr_1"),
        ("GET", "/x"),
    ):
        status, answer = second.request(method, path)
        assert status == 404
        assert "restarted" in answer["error"]
    second.start("jr_1", "print('again')")  # the folder of the earlier life is no obstacle
    second.wait("jr_1")
    assert second.log("jr_1") == "again\n"


def test_the_same_request_twice_is_one_run_and_another_with_its_id_is_refused(runner: Any) -> None:
    runner.start("jr_1", "print(1)")
    runner.start("jr_1", "print(1)")
    runner.wait("jr_1")
    assert runner.log("jr_1") == "1\n"
    status, _ = runner.request("POST", "/runs", {"id": "jr_1", "script": "s3://s/other"})
    assert status == 409
    assert len(runner.request("GET", "/runs")[1]["runs"]) == 1


def test_a_run_for_another_glue_version_is_refused(make_runner: Callable[..., Any]) -> None:
    runner = make_runner(glue_version="5.0")
    runner.start("fits", "print(1)", glue_version="5.0")
    assert runner.wait("fits")["state"] == "SUCCEEDED"
    body = {"id": "other", "script": "s3://s/other", "glue_version": "4.0"}
    status, answer = runner.request("POST", "/runs", body)
    assert (status, answer["error"]) == (400, "glue_version: must be 5.0: this runner's")
    assert runner.request("GET", "/runs/other")[0] == 404


@pytest.mark.parametrize("token", ["", "wrong", "a-token-of-the-test"])
def test_nothing_without_the_token(runner: Any, token: str) -> None:
    for method, path in (
        ("GET", "/runs"),
        ("POST", "/runs"),
        ("DELETE", "/runs/jr_1"),
        ("GET", "/runs/jr_1/log"),
    ):
        assert runner.request(method, path, {"id": "jr_1", "script": "s3://s/x"}, token=token)[0] == 401
    status, health = runner.request("GET", "/healthz", token=token)
    assert (status, health["ok"], health["missing"]) == (200, True, [])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "body"),
        ([], "body"),
        ({"id": "../x", "script": "s3://s/x"}, "id"),
        ({"id": "jr_1", "script": "/etc/passwd"}, "script"),
        ({"id": "jr_1", "script": "s3://s/x", "arguments": {"--a": 1}}, "arguments"),
        ({"id": "jr_1", "script": "s3://s/x", "environment": {"LD_PRELOAD": "x"}}, "environment"),
        ({"id": "jr_1", "script": "s3://s/x", "timeout_seconds": 0}, "timeout_seconds"),
        ({"id": "jr_1", "script": "s3://s/x", "timeout_seconds": True}, "timeout_seconds"),
        ({"id": "jr_1", "script": "s3://s/x", "image": "x"}, "image"),
    ],
)
def test_a_bad_request_names_its_field(runner: Any, body: Any, field: str) -> None:
    status, answer = runner.request("POST", "/runs", body)
    assert (status, answer["field"]) == (400, field)


def test_health_names_what_is_missing(make_runner: Callable[..., Any], tmp_path: Path) -> None:
    runner = make_runner(python="/no/such/python", jars=tmp_path)
    status, answer = runner.request("GET", "/healthz")
    assert status == 503
    assert [problem.partition(":")[0] for problem in answer["missing"]] == ["RUNNER_PYTHON", "RUNNER_JARS"]
    runner.start("jr_1", "pass")
    run = runner.wait("jr_1")
    assert run["state"] == "FAILED"
    assert "could not start the job" in run["error"]


def test_old_runs_and_their_folders_go_and_scratch_goes_at_once(make_runner: Callable[..., Any]) -> None:
    runner = make_runner(keep_runs=2)
    for n in range(4):
        runner.start(f"jr_{n}", "print(1)")
        runner.wait(f"jr_{n}")
    runs = runner.server.settings.home / "runs"
    left = {folder.name: sorted(p.name for p in folder.iterdir()) for folder in runs.iterdir()}
    assert left == {f"jr_{n}": ["stderr.log", "stdout.log"] for n in (2, 3)}


def test_secrets_reach_the_job_and_nothing_else(
    runner: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the developer's own")
    monkeypatch.setenv("RUNNER_TOKEN_FILE", "/secret")
    caplog.set_level("DEBUG")
    runner.start(
        "jr_1",
        """
        import os, subprocess
        names = sorted(k for k in os.environ if k.startswith(("AWS_", "RUNNER_")))
        print(names, os.environ["AWS_SECRET_ACCESS_KEY"], flush=True)
        print(subprocess.check_output(["ps", "-o", "args=", "-p", str(os.getpid())], text=True).strip())
        """,
        arguments={"--password": "hunter2"},
        environment={"AWS_SECRET_ACCESS_KEY": "the role's"},
    )
    answer = runner.wait("jr_1")
    names, command = runner.log("jr_1").splitlines()
    assert names == "['AWS_EC2_METADATA_DISABLED', 'AWS_SECRET_ACCESS_KEY'] the role's"
    for text in (command, caplog.text, str(answer)):
        assert "hunter2" not in text
        assert "role's" not in text
    folder = runner.server.settings.home / "runs" / "jr_1"
    assert all(
        b"role's" not in f.read_bytes() for f in folder.rglob("*") if f.name != "stdout.log" and f.is_file()
    )
    assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0


@pytest.mark.skipif(kernel_guard.problem() is not None, reason="the kernel keeps no guard here")
def test_a_run_is_given_the_guard_and_its_log_what_that_refuses(runner: Any) -> None:
    """A datagram socket's connect sends nothing, should nobody refuse it."""
    runner.start(
        "jr_1",
        """
        import subprocess, sys
        from glue_runner.seccomp import install
        [descriptor] = guard
        install(descriptor)
        script = "import socket; print(socket.socket(type=socket.SOCK_DGRAM).connect_ex(('192.0.2.1', 9)))"
        subprocess.run([sys.executable, "-I", "-c", script])
        """,
    )
    assert runner.wait("jr_1")["state"] == "SUCCEEDED"
    assert runner.log("jr_1") == f"{errno.EHOSTUNREACH}\n"
    assert "egress refused: 192.0.2.1 is not part of the local stack" in runner.log("jr_1", "stderr")


def test_a_run_that_prints_without_end_is_ended_and_says_why(make_runner: Callable[..., Any]) -> None:
    """Its logs stay as they are: the disk has room for the limit, and for what it printed in a second."""
    runner = make_runner(log_limit_mb=1)
    runner.start("jr_1", "while True: print('x' * 10_000)")
    run = runner.wait("jr_1", timeout=30.0)
    why = "the run was ended: stdout.log is larger than 1 MB (RUNNER_LOG_LIMIT_MB)"
    assert (run["state"], run["error"]) == ("FAILED", why)
    assert runner.log("jr_1", "stderr") == f"\nglue runner: {why}\n"
    assert run["log_bytes"]["stdout"] > 1 << 20
    runner.start("jr_2", "print('x' * 1_000_000)")
    assert runner.wait("jr_2")["state"] == "SUCCEEDED"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="found through /proc")
def test_what_a_script_puts_into_a_session_of_its_own_ends_with_it(runner: Any) -> None:
    runner.start(
        "jr_1",
        "import subprocess; print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid)",
    )
    assert runner.wait("jr_1")["state"] == "SUCCEEDED"
    assert not alive(int(runner.log("jr_1")))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="found through /proc")
@pytest.mark.parametrize("environment", ["dict(os.environ)", "{}"])
def test_a_runner_ends_what_was_left_by_one_that_was_killed_and_what_took_its_marker_off(
    make_runner: Callable[..., Any], tmp_path: Path, environment: str
) -> None:
    """Two real runners, one after the other: the first is killed, the second sweeps at its start.

    A child without any environment is known as an orphan of the runner's descendants while that lives.
    """
    home, settings = tmp_path / "jobs", make_runner().server.settings
    (tmp_path / "token").write_text("0123456789abcdef")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "RUNNER_PORT": str(port),
        "RUNNER_TOKEN_FILE": str(tmp_path / "token"), "RUNNER_HOME": str(home),
        "RUNNER_PYTHON": settings.python,
    }  # fmt: skip
    (tmp_path / "scripts" / "x").write_text(
        "import os, subprocess, time\n"
        f"p = subprocess.Popen(['/bin/sleep', '600'], start_new_session=True, env={environment})\n"
        "print(p.pid, flush=True)\n" + ("time.sleep(600)\n" if environment != "{}" else "")
    )

    def call(method: str, path: str, body: bytes | None = None) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, path, body, {"Authorization": "Bearer 0123456789abcdef"})
        data = connection.getresponse().read()
        connection.close()
        return data

    def up() -> bool:
        try:
            return bool(call("GET", "/healthz"))
        except OSError:
            return False

    first = subprocess.Popen([sys.executable, "-m", "glue_app.runner"], env=env)
    try:
        wait_for("the runner", up, 30)
        call("POST", "/runs", b'{"id": "jr", "script": "s3://s/x"}')
        child = int(wait_for("the child", lambda: call("GET", "/runs/jr/log"), 30))
        if environment == "{}":  # found by the living runner, at the end of its last run
            wait_for("the child to end", lambda: not alive(child), 30)
            return
    finally:
        first.kill()
        first.wait()
    assert alive(child)
    second = subprocess.Popen([sys.executable, "-m", "glue_app.runner"], env=env)
    try:
        wait_for("the child to end", lambda: not alive(child), 30)
    finally:
        second.kill()
        second.wait()
