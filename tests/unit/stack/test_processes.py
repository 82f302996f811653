"""Processes are known by pid and start time, and ended for certain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from glue_app.runner.stragglers import MARKER as RUN_MARKER
from glue_app.stack import ports, processes
from glue_app.stack.processes import MARKER, Process
from tests.support.polling import wait_for

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("on", flush=True)
time.sleep(60)
"""

AGAIN = """
import os, signal, subprocess, sys, time
def again(*_):
    child = subprocess.Popen([sys.executable, "-I", *sys.argv], start_new_session=True)
    while open(sys.argv[1]).read().count("\\n") < 2: time.sleep(0.01)
    os._exit(0)
signal.signal(signal.SIGTERM, again)
with open(sys.argv[1], "a") as log: log.write(f"{os.getpid()}\\n")
time.sleep(60)
"""


@pytest.fixture
def child(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ignores SIGTERM and belongs to the stack of tmp_path."""
    env = {MARKER: str(tmp_path)}
    log = tmp_path / "log"
    started = processes.spawn([sys.executable, "-c", STUBBORN], env, tmp_path, log)
    wait_for("the child to ignore SIGTERM", lambda: "on" in log.read_text())
    yield started
    if started.poll() is None:
        started.kill()
        started.wait()


def test_a_process_that_ignores_sigterm_is_killed(child: subprocess.Popen[bytes]) -> None:
    process = Process.of(child.pid)
    assert process
    processes.end([process], grace_s=0.2)
    assert not process.alive
    assert child.wait(60) in (-signal.SIGKILL, 0)  # 0: reaped by end()


def test_a_pid_that_was_given_to_another_program_is_left_alone(child: subprocess.Popen[bytes]) -> None:
    former = Process(child.pid, "another time")
    processes.end([former], grace_s=0.1)
    assert not former.alive
    assert child.poll() is None


def test_a_stacks_processes_are_found_by_their_marker(child: subprocess.Popen[bytes], tmp_path: Path) -> None:
    assert [process.pid for process in processes.of_stack(tmp_path)] == [child.pid]
    assert processes.of_stack(tmp_path / "other") == []
    assert processes.of_stack(tmp_path.parent) == []


def test_a_job_runs_processes_are_found_by_their_home(tmp_path: Path) -> None:
    env = {"HOME": f"{tmp_path}/glue/runs/jr_1", "PATH": os.environ["PATH"]}
    run = subprocess.Popen(["sleep", "60"], env=env)
    try:
        found = wait_for("the run to be found", lambda: processes.of_stack(tmp_path))
        assert [process.pid for process in found] == [run.pid]
    finally:
        run.kill()
        run.wait()


def test_what_a_job_left_is_found_by_the_runs_marker(tmp_path: Path) -> None:
    """Where it has another home and the runner, which would have ended it, was killed."""
    env = {RUN_MARKER: f"{tmp_path}/glue/runs/jr_1", "HOME": "/", "PATH": os.environ["PATH"]}
    run = subprocess.Popen(["sleep", "60"], env=env, start_new_session=True)
    try:
        found = wait_for("it to be found", lambda: processes.of_stack(tmp_path))
        assert [process.pid for process in found] == [run.pid]
        assert processes.of_stack(tmp_path / "glue") == []
    finally:
        run.kill()
        run.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="what is read of the environment differs")
def test_what_starts_itself_anew_while_it_is_ended_ends_too(tmp_path: Path) -> None:
    """A process that answers SIGTERM by another one, in a session of its own."""
    log = tmp_path / "log"
    script = tmp_path / "again.py"
    script.write_text(AGAIN)
    env = {MARKER: str(tmp_path), "PATH": os.environ["PATH"]}
    processes.spawn([sys.executable, "-I", script, log], env, tmp_path, tmp_path / "output")
    wait_for("the first to be there", lambda: log.exists() and log.read_text().count("\n") == 1)
    assert processes.end_stack(tmp_path, grace_s=10) == 2
    assert processes.of_stack(tmp_path) == []


def test_the_lock_file_of_a_server_that_is_gone_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "rds/db/data").mkdir(parents=True)
    (tmp_path / "rds/db/data/postmaster.pid").write_text(f"{os.getpid()}\n/somewhere\n")
    assert processes.of_stack(tmp_path) == []


def test_who_holds_a_port_is_named() -> None:
    with ports.socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        assert not ports.is_free(port)
        assert f"pid {os.getpid()}" in ports.holder(port)
    assert ports.is_free(port)
