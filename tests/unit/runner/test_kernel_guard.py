"""The guard that the kernel keeps, on real processes. Only loopback addresses are tried.

A listener is there at each refused address: without the guard the tests would reach it, and be red.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from glue_app.runner import kernel_guard
from glue_app.runner.job_site.glue_runner import seccomp
from glue_app.runner.job_site.glue_runner.egress import EgressPolicy
from tests.support.polling import wait_for

pytestmark = pytest.mark.skipif(
    kernel_guard.problem() is not None, reason=f"no kernel guard here: {kernel_guard.problem()}"
)
JOB_SITE = Path(seccomp.__file__).parents[1]
REFUSED = "127.9.9.9"  # by the policy below, which allows 127.0.0.1 alone
INSTALL = """
import os, sys
sys.path.insert(0, sys.argv[1])
from glue_runner.seccomp import install
install(int(sys.argv[2]))
os.execvp(sys.argv[3], sys.argv[3:])
"""
LIBC = "import ctypes, os, socket, struct\nlibc = ctypes.CDLL(None, use_errno=True)\n"
ADDRESS = (
    "a = struct.pack('=H', {family}) + struct.pack('!H', {port}) + socket.inet_aton('{host}') + bytes(8)\n"
)
MESSAGE = (  # struct mmsghdr
    "b = ctypes.create_string_buffer(a)\n"
    "h = struct.pack('@PI4xPLPLi4xI4x', ctypes.addressof(b), 16, 0, 0, 0, 0, 0, 0)\n"
)
FAILED = "print('errno', ctypes.get_errno())"

Start = Callable[..., "subprocess.Popen[str]"]


class Lines(list[str]):
    """What the guard has to say to the job's log."""


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def start(lines: Lines) -> Iterator[Start]:
    """start(*command): a guarded process; it ends with the test."""
    made: list[subprocess.Popen[str]] = []

    def start_it(
        *command: str, policy: EgressPolicy | None = None, stdin: int | None = None
    ) -> subprocess.Popen[str]:
        policy = policy or EgressPolicy((), ("127.0.0.1/32",))
        with kernel_guard.Watch(policy, lines.append) as watch:
            process = subprocess.Popen(
                [sys.executable, "-I", "-c", INSTALL, str(JOB_SITE), str(watch.descriptor), *command],
                pass_fds=[watch.descriptor],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        made.append(process)
        return process

    yield start_it
    for process in made:
        process.kill()
        process.communicate()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """TCP, at the refused address."""
    with socket.create_server((REFUSED, 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    """UDP, at the refused address."""
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind((REFUSED, 0))
        server.setblocking(False)
        yield server


def python(start: Start, script: str, **options: EgressPolicy) -> str:
    """The output of a script in an interpreter that has no guard of its own."""
    return start(sys.executable, "-I", "-c", script, **options).communicate(timeout=30)[0]


def refused(host: str, lines: Lines) -> bool:
    return any(f"egress refused: {host} is not part of the local stack" in line for line in lines)


@pytest.mark.parametrize(
    "script",
    [
        "import socket\nsocket.create_connection(('{host}', {port}), 5)",
        "import socket\ns = socket.socket(); s.setblocking(False)\ns.connect(('{host}', {port}))",
        "import socket\nsocket.socket(socket.AF_INET6).connect(('::ffff:{host}', {port}))",
        LIBC + ADDRESS.replace("{family}", "2") + "s = socket.socket()\n"
        "if libc.connect(s.fileno(), a, 16): raise OSError(os.strerror(ctypes.get_errno()))",
        "import subprocess\nsubprocess.run(['setsid', 'python3', '-I', '-c', "
        "'import socket; socket.create_connection((\"{host}\", {port}), 5)'], env={'PATH': '/usr/bin:/bin'})"
        if shutil.which("python3", path="/usr/bin:/bin")
        else "raise OSError('No route to host')",
    ],
    ids=["python -I", "non-blocking", "IPv4 in IPv6", "ctypes", "a child without environment"],
)
def test_no_connection_to_what_the_policy_refuses(
    script: str, start: Start, lines: Lines, listener: socket.socket
) -> None:
    port = listener.getsockname()[1]
    output = python(start, script.replace("{host}", REFUSED).replace("{port}", str(port)))
    assert "No route to host" in output
    assert refused(REFUSED, lines)
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
def test_other_programs_are_refused_and_named(start: Start, lines: Lines, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    process = start("curl", "-sS", "--noproxy", "*", f"http://{REFUSED}:{port}/")
    assert "Failed to connect" in process.communicate(timeout=30)[0]
    assert [line.rpartition("(")[2] for line in lines] == [f"port {port}, curl)"]


@pytest.mark.parametrize(
    "send",
    [
        "import socket\nsocket.socket(type=2).sendto(b'x', ('{host}', {port}))",
        "import socket\nsocket.socket(type=2).sendmsg([b'x'], [], 0, ('{host}', {port}))",
        "import socket\nsocket.socket(type=2).connect(('{host}', {port}))",
        LIBC + ADDRESS.replace("{family}", "0") + "s = socket.socket(type=2)\n"
        "if libc.sendto(s.fileno(), b'x', 1, 0, a, 16) < 0: raise OSError(os.strerror(ctypes.get_errno()))",
        LIBC + ADDRESS.replace("{family}", "2") + MESSAGE + "s = socket.socket(type=2)\n"
        "none = struct.pack('@PI4xPLPLi4xI4x', 0, 0, 0, 0, 0, 0, 0, 0)\n"
        "if libc.sendmmsg(s.fileno(), none + h, 2, 0) < 0: raise OSError(os.strerror(ctypes.get_errno()))",
    ],
    ids=["sendto", "sendmsg", "connect", "an address of no family", "the second of sendmmsg"],
)
def test_no_datagram_to_what_the_policy_refuses(
    send: str, start: Start, lines: Lines, receiver: socket.socket
) -> None:
    port = receiver.getsockname()[1]
    output = python(start, send.replace("{host}", REFUSED).replace("{port}", str(port)))
    assert "No route to host" in output
    assert refused(REFUSED, lines)
    with pytest.raises(BlockingIOError):
        receiver.recv(1)


def test_what_the_policy_allows_works_as_without_a_guard(start: Start, lines: Lines) -> None:
    """Connections, blocking or not, datagrams, Unix sockets, descriptors handed over, netlink."""
    script = """
import asyncio, os, socket, tempfile
server = socket.create_server(("127.0.0.1", 0))
address = server.getsockname()
with socket.create_connection(address, 5) as one:
    one.sendall(b"x"); one.sendmsg([b"y"])
async def talk():
    reader, writer = await asyncio.open_connection(*address); writer.close()
asyncio.run(talk())
datagrams = socket.socket(type=socket.SOCK_DGRAM); datagrams.bind(("127.0.0.1", 0))
socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", datagrams.getsockname())
assert datagrams.recv(1) == b"x"
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "s")
    unix = socket.socket(socket.AF_UNIX); unix.bind(path); unix.listen()
    socket.socket(socket.AF_UNIX).connect(path)
a, b = socket.socketpair()
socket.send_fds(a, [b"."], [0]); assert socket.recv_fds(b, 1, 1)[1]
socket.if_nameindex()
with socket.socket() as nobody:
    free = socket.socket(); free.bind(("127.0.0.1", 0))
    try: nobody.connect(free.getsockname())
    except ConnectionRefusedError: print("as ever")
"""
    assert python(start, script) == "as ever\n"
    assert lines == []


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("socket.socket(socket.AF_PACKET, socket.SOCK_RAW)", "Address family not supported"),
        ("socket.socket(socket.AF_VSOCK)", "Address family not supported"),
        ("socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)", "Operation not permitted"),
        ("socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)", "Protocol not supported"),
    ],
)
def test_sockets_whose_addresses_can_not_be_seen_are_not_made(start: Start, call: str, error: str) -> None:
    assert error in python(start, f"import socket\n{call}")


def test_there_is_no_io_uring(start: Start) -> None:
    """Its connections pass every filter by; programs that use it take the ordinary calls without."""
    output = python(start, LIBC + "libc.syscall(425, 1, ctypes.create_string_buffer(120))\n" + FAILED)
    assert output == "errno 38\n"


def test_memory_that_is_not_there_fails_as_without_a_guard(start: Start) -> None:
    output = python(start, LIBC + "libc.connect(socket.socket().fileno(), ctypes.c_void_p(8), 16)\n" + FAILED)
    assert output == "errno 14\n"


def test_a_refusal_is_said_once_for_each_program_and_address(start: Start, lines: Lines) -> None:
    script = f"import socket\nfor _ in range(5): print(socket.socket().connect_ex(('{REFUSED}', 7)))"
    assert python(start, script) == "113\n" * 5
    assert len(lines) == 1


def test_with_names_to_reach_a_job_may_ask_the_resolver(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Datagrams to 127.9.9.9, which stands for the machine's name server."""
    script = f"import socket\nsocket.socket(type=2).connect(('{REFUSED}', 53)); print('asked')"
    monkeypatch.setattr(kernel_guard, "_name_servers", lambda: [REFUSED])
    assert "No route" in python(start, script)
    assert python(start, script, policy=EgressPolicy(["gold.example"], [])) == "asked\n"


def test_nobody_decides_for_processes_that_have_ended(start: Start) -> None:
    """The runner's thread ends with the last of them, and not before."""

    def threads() -> int:
        return sum(thread.name == "kernel-guard" for thread in threading.enumerate())

    wait_for("threads of other tests to end", lambda: not threads(), 60)
    orphan = f"import socket, sys; sys.stdin.read(); print(socket.socket().connect_ex(('{REFUSED}', 7)))"
    # a shell gives what it puts into the background no stdin of its own
    shell = 'exec 3<&0; "$0" -I -c "$1" <&3 & exit 0'
    process = start("sh", "-c", shell, sys.executable, orphan, stdin=subprocess.PIPE)
    assert process.wait(timeout=30) == 0
    assert threads() == 1
    assert process.communicate(timeout=30)[0] == "113\n"  # closes its stdin
    wait_for("the thread to end", lambda: not threads(), 60)


def test_without_the_runner_what_is_asked_for_fails(tmp_path: Path, listener: socket.socket) -> None:
    """A guarded process that the runner left alone gets no connection, not even an allowed one."""
    script = f"""
import socket, subprocess, sys
from glue_app.runner import kernel_guard
from glue_app.runner.job_site.glue_runner.egress import EgressPolicy
with kernel_guard.Watch(EgressPolicy((), ("127.0.0.0/8",)), print) as watch:
    command = [sys.executable, "-I", "-c", {INSTALL!r}, {str(JOB_SITE)!r}, str(watch.descriptor),
               sys.executable, "-I", "-c", sys.argv[1]]
    job = subprocess.Popen(command, pass_fds=[watch.descriptor], stdin=subprocess.PIPE)
print(sys.stdin.readline(), end="", flush=True)
"""
    port = listener.getsockname()[1]
    job = (
        "import socket, sys\n"
        f"print(socket.socket().connect_ex(('{REFUSED}', {port})), flush=True)\n"
        "sys.stdin.read()\n"  # until the runner has ended
        f"print(socket.socket().connect_ex(('{REFUSED}', {port})), flush=True)"
    )
    runner = subprocess.Popen(
        [sys.executable, "-c", script, job],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert runner.stdin is not None
    assert runner.stdout is not None
    with runner:
        assert runner.stdout.readline() == "0\n"
        runner.kill()
        assert runner.stdout.readline() == "38\n"


@pytest.mark.skipif(shutil.which("java") is None, reason="no Java")
def test_javas_nio_and_plain_sockets_are_refused(
    start: Start, lines: Lines, listener: socket.socket, tmp_path: Path
) -> None:
    source = tmp_path / "Out.java"
    source.write_text("""
        import java.net.*; import java.nio.channels.*;
        class Out { public static void main(String[] words) {
            var address = new InetSocketAddress(words[0], Integer.parseInt(words[1]));
            try { SocketChannel.open(address); } catch (Exception e) { System.out.println(e); }
            Thread.currentThread().setName("a-thread");
            try { new Socket().connect(address); } catch (Exception e) { System.out.println(e); }
        } }""")
    port = listener.getsockname()[1]
    process = start("java", "-XX:TieredStopAtLevel=1", str(source), REFUSED, str(port))
    output = process.communicate(timeout=120)[0]
    assert output == "java.net.NoRouteToHostException: No route to host\n" * 2
    assert refused(REFUSED, lines)
    assert [line.rpartition("(")[2] for line in lines] == [f"port {port}, java)"]  # not the thread's name


def test_what_cannot_guard_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without the filter the runner goes on with the other guard, and says so."""

    def unknown() -> seccomp.SystemCalls:
        raise OSError(38, "no seccomp filter for Darwin on arm64")

    monkeypatch.setattr(kernel_guard, "system_calls", unknown)
    kernel_guard.problem.cache_clear()
    try:
        assert kernel_guard.in_words().startswith("Python and the JVM's plain sockets only: ")
        assert "Darwin" in kernel_guard.in_words()
    finally:
        kernel_guard.problem.cache_clear()
