"""What slow readers of a large S3 object cost the emulator in memory, and what an upload does.

    PYTHONPATH=.:glue .tools/host/bin/python -m benchmarks.slow_readers [readers]

A slow reader takes the head of the answer and then nothing. The figure is the growth of LocalStack's resident
memory, divided by the bytes asked for: 1 where whole answers are kept for their readers.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from pathlib import Path

from tests.integration.local_stack import LocalStack, stack_with

MEBIBYTE = 1024 * 1024
OBJECT_MIB = 50
SETTLED_S, LONGEST_S = 2.0, 40.0


def resident(stack: LocalStack) -> int:
    """Bytes that LocalStack has in memory."""
    process = stack.localstack.process
    assert process is not None
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return 1024 * int(status.partition("VmRSS:")[2].split()[0])


def _settled(stack: LocalStack) -> int:
    """The most it had until it grew no more."""
    started = grown = time.monotonic()
    most = resident(stack)
    while time.monotonic() - grown < SETTLED_S and time.monotonic() - started < LONGEST_S:
        time.sleep(0.1)
        if (now := resident(stack)) > most + MEBIBYTE:
            most, grown = now, time.monotonic()
    return most


def _reader(port: int) -> socket.socket:
    reader = socket.create_connection(("127.0.0.1", port))
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    reader.sendall(b"GET /slow/object HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    return reader


def main(readers: int = 30) -> None:
    """Print the table."""
    with stack_with() as stack, contextlib.ExitStack() as connections:
        s3 = stack.client("s3")
        s3.create_bucket(Bucket="slow")
        before = resident(stack)
        s3.put_object(Bucket="slow", Key="object", Body=bytes(OBJECT_MIB * MEBIBYTE))
        _print("an upload", 1, _settled(stack) - before)
        before = resident(stack)
        for _ in range(readers):
            connections.enter_context(_reader(stack.edge_port)).recv(1024)
        _print("slow readers", readers, _settled(stack) - before)


def _print(name: str, count: int, grown: int) -> None:
    asked = count * OBJECT_MIB * MEBIBYTE
    ratio = grown / asked
    print(f"memory, {name:14s}{count:5d} x {OBJECT_MIB} MiB  {grown / MEBIBYTE:8.0f} MiB   ratio {ratio:.3f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
