"""Tests borrow the engine that is there, or one of ours, which is ended; why there is none is said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import BootstrapError
from glue_app.containers.errors import NoEngineError
from glue_app.stack.processes import Process
from scripts.standins import daemon, get_compose
from scripts.standins.borrowed import borrowed, started
from scripts.standins.daemon import Daemon
from tests.support.fake_docker import FakeDocker
from tests.support.polling import wait_for

QUIET = Console(quiet=True)
DOCKERD = """#!/bin/sh
for host; do :; done
echo started >>{starts}
touch "${{host#unix://}}"
exec sleep 60
"""


@pytest.fixture
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "run"
    monkeypatch.setattr(daemon, "run_folder", lambda: folder)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return folder


@pytest.fixture
def dockerd(docker: FakeDocker, run_folder: Path, tmp_path: Path) -> Iterator[FakeDocker]:
    """A dockerd that can be started; `docker` answers once it is up."""
    program = docker.folder / "dockerd"
    program.write_text(DOCKERD.format(starts=tmp_path / "starts"))
    program.chmod(0o755)
    docker.answer("info*", "28.2.2", only_if='[ -e "${DOCKER_HOST#unix://}" ]')
    docker.answer("'compose version'*", "2.40.3")
    yield docker
    left = Daemon.running()
    if left:
        left.stop()


def starts(tmp_path: Path) -> int:
    log = tmp_path / "starts"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_an_engine_that_is_there_is_borrowed_and_left_running(dockerd: FakeDocker, tmp_path: Path) -> None:
    dockerd.answer("info*", "28.2.2")
    said: list[str] = []
    with borrowed(said.append, tmp_path) as engine:
        assert engine.version == "28.2.2"
    assert starts(tmp_path) == 0
    assert "the one that is there" in said[-1]


def test_one_of_ours_is_started_and_ended(dockerd: FakeDocker, tmp_path: Path, run_folder: Path) -> None:
    said: list[str] = []
    with borrowed(said.append, tmp_path) as engine:
        ours = Daemon.running()
        assert ours
        assert engine.environment["DOCKER_HOST"] == f"unix://{run_folder}/sock"
    assert not ours.process.alive
    assert not run_folder.exists()
    assert "ended" in said[-1]


def test_one_of_ours_is_ended_when_the_test_fails(dockerd: FakeDocker, tmp_path: Path) -> None:
    def fails() -> None:
        with borrowed(lambda _: None, tmp_path):
            assert Daemon.running()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert Daemon.running() is None


def test_the_users_docker_configuration_is_left_alone(dockerd: FakeDocker, tmp_path: Path) -> None:
    with borrowed(lambda _: None, tmp_path) as engine:
        changed = {k for k, v in engine.environment.items() if os.environ.get(k) != v}
    assert changed == {"DOCKER_HOST"}


def test_what_a_killed_borrower_left_is_used_and_ended(dockerd: FakeDocker, tmp_path: Path) -> None:
    left = started(tmp_path, QUIET)
    with borrowed(lambda _: None, tmp_path):
        assert starts(tmp_path) == 1
    assert not left.process.alive


def test_one_that_was_started_to_stay_stays(dockerd: FakeDocker, tmp_path: Path) -> None:
    kept = started(tmp_path, QUIET, kept=True)
    with borrowed(lambda _: None, tmp_path):
        pass
    assert kept.process.alive
    assert starts(tmp_path) == 1
    kept.stop()
    assert not kept.process.alive


def test_a_recorded_pid_that_is_another_programs_now_is_left_alone(
    dockerd: FakeDocker, tmp_path: Path, run_folder: Path
) -> None:
    other = subprocess.Popen(["sleep", "60"])
    try:
        run_folder.mkdir()
        Daemon(run_folder, Process(other.pid, "another time"), kept=False).record()
        with borrowed(lambda _: None, tmp_path):
            pass
        assert starts(tmp_path) == 1
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_only_shims_of_our_own_folder_are_ended(
    dockerd: FakeDocker, tmp_path: Path, run_folder: Path
) -> None:
    """A killed dockerd leaves containerd and shims behind; a system's Docker has such processes too."""
    shim = tmp_path / "containerd-shim-runc-v2"
    shim.symlink_to(sys.executable)
    sleep = [str(shim), "-c", "import time; time.sleep(60)", "-address"]
    ours = subprocess.Popen([*sleep, f"{run_folder}/exec/containerd.sock"])
    systems = subprocess.Popen([*sleep, "/run/containerd/containerd.sock"])
    try:
        wait_for("the shims to run", lambda: _runs(ours, shim) and _runs(systems, shim))
        with borrowed(lambda _: None, tmp_path):
            pass
        assert ours.wait(60) in (-signal.SIGTERM, 0)  # 0: reaped by end()
        assert systems.poll() is None
    finally:
        for process in (ours, systems):
            process.kill()
            process.wait()


def _runs(process: subprocess.Popen[bytes], program: Path) -> bool:
    return str(program).encode() in Path(f"/proc/{process.pid}/cmdline").read_bytes()


def test_a_daemon_that_ends_at_once_is_no_engine_and_its_last_words_are_said(
    dockerd: FakeDocker, tmp_path: Path, run_folder: Path
) -> None:
    (dockerd.folder / "dockerd").write_text(
        "#!/bin/sh\necho failed to mount overlay: not permitted\nexit 1\n"
    )
    with pytest.raises(NoEngineError, match="failed to mount overlay"), borrowed(lambda _: None, tmp_path):
        pass
    assert not run_folder.exists()


def test_a_daemon_that_never_answers_is_ended(
    dockerd: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dockerd.answer("info*", "Cannot connect", code=1)
    monkeypatch.setattr(daemon, "_START_S", 0.5)
    pids: list[int] = []
    monkeypatch.setattr(Daemon, "record", lambda self: pids.append(self.process.pid))
    with pytest.raises(NoEngineError, match="doesn't run here"), borrowed(lambda _: None, tmp_path):
        pass
    assert Process.of(pids[0]) is None


def test_who_is_not_root_starts_none(
    dockerd: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NoEngineError, match="only root"), borrowed(lambda _: None, tmp_path):
        pass
    assert starts(tmp_path) == 0


def test_without_dockerd_and_apt_there_is_none(docker: FakeDocker, run_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NoEngineError, match="no apt-get"), borrowed(lambda _: None, tmp_path):
        pass


def test_apt_that_has_no_docker_is_named_as_the_reason(
    docker: FakeDocker, run_folder: Path, tmp_path: Path
) -> None:
    apt = FakeDocker(docker.folder, "apt-get")
    apt.answer("update*")
    apt.answer("install*", "E: Unable to locate package docker.io", code=100)
    with pytest.raises(NoEngineError, match="Unable to locate package"), borrowed(lambda _: None, tmp_path):
        pass
    assert any("docker.io" in call for call in apt.calls)


def test_an_engine_without_compose_gets_one_or_is_none(
    dockerd: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dockerd.answer("info*", "28.2.2")
    dockerd.answer("'compose version'*", code=1)

    def none(tools: Path, console: Console) -> Path:
        raise BootstrapError("compose v2 can't be had")

    monkeypatch.setattr(get_compose, "get", none)
    with pytest.raises(NoEngineError, match="compose v2 can't be had"), borrowed(lambda _: None, tmp_path):
        pass

    def one(tools: Path, console: Console) -> Path:
        FakeDocker(get_compose.ours(tools).parent, "docker-compose").answer("version*", "2.40.3")
        return get_compose.ours(tools)

    monkeypatch.setattr(get_compose, "get", one)
    with borrowed(lambda _: None, tmp_path) as engine:
        assert engine.compose == [str(get_compose.ours(tmp_path))]
