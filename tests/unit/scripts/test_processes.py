"""Processes are known by pid and start time, and ended for certain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.stack import ports, processes
from scripts.stack.processes import MARKER, Process
from tests.support.polling import wait_for

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("on", flush=True)
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
    assert child.wait(1) in (-signal.SIGKILL, 0)  # 0: reaped by end()


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
