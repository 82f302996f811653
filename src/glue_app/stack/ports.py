"""Ports on 127.0.0.1."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
from pathlib import Path


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(number: int) -> list[int]:
    """Return as many free ports, held open together so that they differ."""
    with contextlib.ExitStack() as probes:
        opened = [probes.enter_context(socket.socket()) for _ in range(number)]
        for probe in opened:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in opened]


def is_free(port: int, address: str = "127.0.0.1") -> bool:
    """Could a server listen there?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def holder(port: int) -> str:
    """Who listens there, as `pid 123 (nginx)`; `another program` when that can't be told."""
    pid = _holder_on_linux(port) if Path("/proc/net/tcp").exists() else _holder_by_lsof(port)
    if not pid:
        return "another program"
    name = Path(f"/proc/{pid}/comm")
    return f"pid {pid}" + (f" ({name.read_text().strip()})" if name.exists() else "")


def _holder_on_linux(port: int) -> str:
    """By the socket's inode: /proc/net/tcp names it, one of /proc/*/fd holds it (proc(5))."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:  # 0A: LISTEN
                    inodes.add(f"socket:[{fields[9]}]")
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if str(descriptor.readlink()) in inodes:
                return descriptor.parts[2]
    return ""


def _holder_by_lsof(port: int) -> str:
    if not shutil.which("lsof"):
        return ""
    shown = subprocess.run(
        ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-t"], capture_output=True, text=True
    )
    return shown.stdout.split()[0] if shown.stdout.split() else ""
