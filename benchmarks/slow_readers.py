"""What slow readers of a large S3 object, and many large uploads at once, cost the emulator in memory.

    PYTHONPATH=.:glue .tools/host/bin/python -m benchmarks.slow_readers [readers]

A slow reader takes the head of the answer and then nothing; uploads come by PUT and by POST form. The figure
is the growth of LocalStack's resident memory, at its most, divided by the bytes asked for or sent: 1 where
all of them are kept in memory.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.integration.local_stack import LocalStack, stack_with

MEBIBYTE = 1024 * 1024
OBJECT_MIB = 50
UPLOADS = 10
SETTLED_S, LONGEST_S = 2.0, 40.0
_FORM = (
    b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nform-%d\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n%b\r\n--b--\r\n'
)


def resident(stack: LocalStack) -> int:
    """Bytes that LocalStack has in memory."""
    process = stack.localstack.process
    assert process is not None
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return 1024 * int(status.partition("VmRSS:")[2].split()[0])


def _settled(stack: LocalStack) -> int:
    """Return the most it had until it grew no more."""
    started = grown = time.monotonic()
    most = resident(stack)
    while time.monotonic() - grown < SETTLED_S and time.monotonic() - started < LONGEST_S:
        time.sleep(0.1)
        if (now := resident(stack)) > most + MEBIBYTE:
            most, grown = now, time.monotonic()
    return most


@contextlib.contextmanager
def _most(stack: LocalStack) -> Iterator[list[int]]:
    """Yield a list whose only item is the most it had, in bytes, when the context has ended."""
    most, over = [resident(stack)], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            most[0] = max(most[0], resident(stack))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield most
    finally:
        over.set()
        watching.join()


def _reader(port: int) -> socket.socket:
    reader = socket.create_connection(("127.0.0.1", port))
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    reader.sendall(b"GET /slow/object HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    return reader


def _put(stack: LocalStack, number: int) -> None:
    _send(stack, "PUT", f"/slow/put-{number}", bytes(OBJECT_MIB * MEBIBYTE), {})


def _form(stack: LocalStack, number: int) -> None:
    body = _FORM % (number, bytes(OBJECT_MIB * MEBIBYTE))
    _send(stack, "POST", "/slow", body, {"Content-Type": "multipart/form-data; boundary=b"})


def _send(stack: LocalStack, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
    with contextlib.closing(
        http.client.HTTPConnection("127.0.0.1", stack.edge_port, timeout=300)
    ) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        if answer.status not in (200, 204):
            raise SystemExit(f"{method} {path}: {answer.status} {answer.read(500)!r}")


def _uploads(stack: LocalStack, name: str, upload: Callable[[LocalStack, int], None]) -> None:
    before = resident(stack)
    with _most(stack) as most, ThreadPoolExecutor(UPLOADS) as pool:
        for done in [pool.submit(upload, stack, number) for number in range(UPLOADS)]:
            done.result()
    _print(name, UPLOADS, most[0] - before)


def main(readers: int = 30) -> None:
    """Print the table."""
    with stack_with() as stack, contextlib.ExitStack() as connections:
        s3 = stack.client("s3")
        s3.create_bucket(Bucket="slow")
        s3.put_object(Bucket="slow", Key="small", Body=b"")
        before = _settled(stack)  # what is loaded once is not the uploads'
        s3.put_object(Bucket="slow", Key="object", Body=bytes(OBJECT_MIB * MEBIBYTE))
        _print("an upload", 1, _settled(stack) - before)
        _uploads(stack, "uploads by PUT", _put)
        _uploads(stack, "uploads by form", _form)
        before = resident(stack)
        for _ in range(readers):
            connections.enter_context(_reader(stack.edge_port)).recv(1024)
        _print("slow readers", readers, _settled(stack) - before)


def _print(name: str, count: int, grown: int) -> None:
    asked = count * OBJECT_MIB * MEBIBYTE
    ratio = grown / asked
    print(f"memory, {name:16s}{count:5d} x {OBJECT_MIB} MiB  {grown / MEBIBYTE:8.0f} MiB   ratio {ratio:.3f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
