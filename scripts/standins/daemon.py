"""A Docker engine of our own: its data, socket and pid file apart from a system's, ended by its pid."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import BootstrapError
from glue_app.bootstrap.stamps import write_atomically
from glue_app.containers import engine
from glue_app.containers.errors import NoEngineError
from glue_app.stack import processes
from glue_app.stack.processes import Process
from scripts import apt

_START_S = 60
_STOP_S = 40.0  # dockerd gives containers 15 s to end
_TITLE = "Docker engine"
PACKAGES = ("docker.io", "debootstrap")
"""What Debian and its children have it in; debootstrap makes the stand-ins' base."""


@dataclass(frozen=True)
class Daemon:
    """One that answered. `kept`: it was started to stay, and is ended by `stop` only."""

    run_folder: Path
    process: Process
    kept: bool

    @property
    def environment(self) -> dict[str, str]:
        """For programs that shall talk to it."""
        return os.environ | {"DOCKER_HOST": f"unix://{self.run_folder}/sock"}

    @classmethod
    def running(cls) -> Daemon | None:
        """Return the one that an earlier command started; None where none runs."""
        folder = run_folder()
        try:
            data = json.loads((folder / "daemon.json").read_text(encoding="utf-8"))
            found = cls(folder, Process(**data["process"]), data["kept"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if found.process.alive else None

    def record(self) -> None:
        """So that the next command finds it, also when this one is killed."""
        data = {"process": asdict(self.process), "kept": self.kept}
        write_atomically(self.run_folder / "daemon.json", json.dumps(data) + "\n")

    def stop(self) -> None:
        """End it with its containers, and what a killed one would leave behind."""
        processes.end([self.process], grace_s=_STOP_S)
        processes.end(_started_from(self.run_folder))
        shutil.rmtree(self.run_folder, ignore_errors=True)


def run_folder() -> Path:
    """One for the machine: two daemons would undo each other's firewall rules."""
    return Path("/run/glue-app-docker")


def data_folder(tools: Path) -> Path:
    """Images stay here, so that stand-ins are built once."""
    return tools / "docker" / "data"


def start(tools: Path, console: Console, kept: bool = False) -> Daemon:
    """One that answers. Raises NoEngineError, which says why there can be none."""
    dockerd = find_dockerd() or _install(tools, console)
    folder = run_folder()
    processes.end(_started_from(folder))  # of a daemon that was killed
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    log = tools / "logs" / "dockerd.log"
    command: list[str | Path] = [dockerd, "--log-level=warn", "--data-root", data_folder(tools)]
    command += ["--exec-root", folder / "exec", "--pidfile", folder / "pid"]
    command += ["--host", f"unix://{folder}/sock"]
    with console.step(_TITLE, f"starting {dockerd}"):
        child = processes.spawn(command, _path_with_sbin(), Path("/"), log)
        process = Process.of(child.pid)
        if process:  # else it has ended already
            daemon = Daemon(folder, process, kept)
            daemon.record()
            if _answers(child, daemon):
                return daemon
            daemon.stop()
    child.poll()
    shutil.rmtree(folder, ignore_errors=True)
    raise NoEngineError(f"{dockerd} doesn't run here: {_last_words(log)}", f"look into {log}")


def find_dockerd() -> Path | None:
    """On PATH or where Debian keeps it, off the PATH of many shells."""
    found = shutil.which("dockerd", path=_path_with_sbin()["PATH"])
    return Path(found) if found else None


def why_not() -> str:
    """Why none can be started by this user on this system; empty when it may work."""
    if not Path("/proc/self/stat").exists():
        return "none answers, and one can be started on Linux only"
    if os.geteuid() != 0:
        return "none answers, and only root can start one"
    if not find_dockerd() and not shutil.which("apt-get"):
        return "none answers, there is no dockerd, and no apt-get to install it with"
    return ""


def _install(tools: Path, console: Console) -> Path:
    log = tools / "logs" / "docker.log"
    try:
        apt.install(PACKAGES, log, console, _TITLE)
    except BootstrapError as e:
        problem = f"there is no dockerd, and apt-get has none: {e.problem}"
        raise NoEngineError(problem, f"look into {log}") from e
    dockerd = find_dockerd()
    if not dockerd:
        raise NoEngineError(f"apt-get installed {PACKAGES[0]}, and still there is no dockerd")
    return dockerd


def _answers(child: subprocess.Popen[bytes], daemon: Daemon) -> bool:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and child.poll() is None:
        if (daemon.run_folder / "sock").exists():
            try:
                engine.answering(daemon.environment)
            except NoEngineError:
                pass
            else:
                return True
        time.sleep(0.1)
    return False


def _path_with_sbin() -> dict[str, str]:
    """dockerd needs iptables, which lies in sbin."""
    folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/local/sbin", "/usr/sbin", "/sbin"]
    return os.environ | {"PATH": os.pathsep.join(dict.fromkeys(f for f in folders if f))}


def _started_from(folder: Path) -> list[Process]:
    """dockerd, containerd and the containers' shims that name this folder in their command lines."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        program = os.path.basename(words[0])
        if program.startswith(("dockerd", "containerd")) and any(f"{folder}/" in word for word in words):
            found.append(Process.of(int(entry.name)))
    return [process for process in found if process]


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return next((line.strip()[-200:] for line in reversed(lines) if line.strip()), "it said nothing")
