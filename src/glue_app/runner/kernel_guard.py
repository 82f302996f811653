"""The egress guard that the kernel keeps: it stops a job's system calls and asks here whether they may go on.

The filter is job_site/glue_runner/seccomp.py, the policy that of the guard in Python. What may go on the
kernel does itself, and reads the address a second time: a script that changes it in between gets past. The
guard is for accidents and libraries, not for code that means to get out.

https://man7.org/linux/man-pages/man2/seccomp_unotify.2.html
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import json
import logging
import os
import select
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from glue_app.runner.job_site.glue_runner.egress import EgressPolicy, EgressRefusedError
from glue_app.runner.job_site.glue_runner.seccomp import system_calls
from glue_app.runner.job_site.glue_runner.warm_jvm import ENVIRONMENT
from glue_app.runner.stragglers import MARKER
from glue_app.runner.system_call import SystemCall

LOG = logging.getLogger(__name__)
NAME = "kernel (seccomp)"
_RECEIVE, _ANSWER, _STILL_THERE = 0xC0502100, 0xC0182101, 0x40082102  # ioctl(2)
_GO_ON = 1
_MOST_LINES = 100  # of refusals in a job's log
_DNS = 53  # port
_JOB_SITE = Path(__file__).resolve().parent / "job_site"
_PROBE = """
import socket, sys
sys.path.insert(0, sys.argv[1])
from glue_runner.seccomp import install
install(int(sys.argv[2]))
try:
    socket.socket().connect(("127.0.0.1", 9))
except OSError as error:
    print("guarded" if error.strerror == "No route to host" else error)
"""
_PROBE_SECONDS = 20.0


class Watch:
    """Decides for one process that installs the filter, and for all it starts, until the last has ended.

    A context: `descriptor` is what the process is given at its start, and then no longer ours.
    """

    def __init__(self, policy: EgressPolicy, report: Callable[[str], None]) -> None:
        """report: is called with each line for the job's log."""
        self._policy, self._report = policy, report
        self._reported: set[tuple[str, str, int]] = set()
        self._ours, self._theirs = socket.socketpair()

    @property
    def descriptor(self) -> int:
        return self._theirs.fileno()

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._theirs.close()
        if error is None:
            threading.Thread(target=self._run, name="kernel-guard", daemon=True).start()
        else:
            self._ours.close()

    def _run(self) -> None:
        with self._ours:
            _, found, _, _ = socket.recv_fds(self._ours, 1, 1)  # none: it ended first
        for listener in found:
            try:
                self._listen(listener)
            finally:
                os.close(listener)

    def _listen(self, listener: int) -> None:
        waiting = select.poll()
        waiting.register(listener, select.POLLIN)
        while True:
            [(_, events)] = waiting.poll()
            if not events & select.POLLIN:  # POLLHUP: nobody is left
                return
            notification = bytearray(SystemCall.SIZE)
            try:
                fcntl.ioctl(listener, _RECEIVE, notification)
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.EINTR):  # it was killed meanwhile
                    continue
                raise
            call = SystemCall.unpack(bytes(notification))
            try:
                number = self._judge(listener, call)
            except Exception:
                LOG.exception("egress guard")
                number = errno.EHOSTUNREACH
            answer = struct.pack("=QqiI", call.id, 0, -number, 0 if number else _GO_ON)
            with contextlib.suppress(FileNotFoundError):  # ENOENT: it was killed meanwhile
                fcntl.ioctl(listener, _ANSWER, answer)

    def _judge(self, listener: int, call: SystemCall) -> int:
        """0, or the number of the error that the call fails with."""
        try:
            addresses = list(call.addresses())
        except OSError as error:
            if error.errno == errno.EIO:  # no memory there: as the kernel has it
                return errno.EFAULT
            return self._refuse("an address that can't be looked at", 0, call)
        try:
            fcntl.ioctl(listener, _STILL_THERE, struct.pack("=Q", call.id))
        except FileNotFoundError:  # the memory may have been another process's
            return errno.EHOSTUNREACH
        for host, port in addresses:
            if not self._allows(host, port):
                return self._refuse(host, port, call)
        return 0

    def _allows(self, host: str, port: int) -> bool:
        if port == _DNS and self._policy.has_names and host in _name_servers():
            return True
        return self._policy.allows(host)

    def _refuse(self, host: str, port: int, call: SystemCall) -> int:
        """No route to host, and why in the job's log: once for each program and address.

        As of a VPC without a way out; of the other errors Java makes misleading exceptions.
        """
        key = (call.program, host, port)
        if key not in self._reported and len(self._reported) < _MOST_LINES:
            self._reported.add(key)
            by = f"port {port}, {call.program}" + (", which looks up a name" if port == _DNS else "")
            self._report(f"glue runner: {EgressRefusedError(host)} ({by})")
        return errno.EHOSTUNREACH


@functools.cache
def problem() -> str | None:
    """Why the kernel can't keep the guard here; None when it can: a process of its own has tried."""
    try:
        system_calls()
        with Watch(EgressPolicy((), ()), LOG.debug) as watch:
            probe = subprocess.Popen(
                [sys.executable, "-I", "-c", _PROBE, str(_JOB_SITE), str(watch.descriptor)],
                pass_fds=[watch.descriptor],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        output, errors = probe.communicate(timeout=_PROBE_SECONDS)
    except subprocess.TimeoutExpired:
        probe.kill()
        return "it does not answer"
    except OSError as error:
        return str(error)
    return None if output == "guarded\n" else (errors.strip().splitlines() or ["it lets calls pass"])[-1]


def in_words() -> str:
    """Which guard is on, for `make doctor` and `make status`."""
    why = problem()
    return NAME if why is None else f"Python and the JVM's plain sockets only: {why}"


def append_to(folder: Path) -> Callable[[str], None]:
    """Return a `report` that writes to the error log of the run in `folder`, or of the one that took its
    JVM.
    """

    def write(line: str) -> None:
        with (_run_of(folder) / "stderr.log").open("a", encoding="utf-8") as log:
            log.write(line + "\n")

    return write


def _run_of(folder: Path) -> Path:
    """Where a warm JVM serves a run by now, that run's folder (job_site/glue_runner/warm_jvm.py)."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        taken = json.loads((folder / ENVIRONMENT).read_text(encoding="utf-8"))
        return Path(taken["environment"][MARKER])
    return folder


def _name_servers() -> list[str]:
    with contextlib.suppress(OSError):
        lines = Path("/etc/resolv.conf").read_text(encoding="utf-8", errors="replace").splitlines()
        return [line.split()[1] for line in lines if line.startswith("nameserver ") and len(line.split()) > 1]
    return []


if __name__ == "__main__":
    print(in_words())
