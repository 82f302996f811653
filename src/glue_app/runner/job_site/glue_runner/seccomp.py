"""A seccomp filter that lets the runner decide on every address a process, and all it starts, sends to.

It sees what the audit hook (egress.py) can't: the JVM's NIO, other programs, native code. The filter needs no
privileges, outlives exec and cannot be taken off. Where the runner has ended, all that asks it fails.
Linux 5.8 on x86-64 and arm64; see glue_app/runner/kernel_guard.py for the runner's side.

https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import queue
import socket
import struct
import threading
from dataclasses import dataclass

_PR_SET_NO_NEW_PRIVS, _SET_MODE_FILTER = 38, 1
_SPEC_ALLOW, _NEW_LISTENER, _WAIT_KILLABLE = 1 << 2, 1 << 3, 1 << 5  # the last since Linux 5.19
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW, _ASK, _FAIL = 0x7FFF0000, 0x7FC00000, 0x00050000
_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06  # classic BPF
_IO_URING_SETUP = 425  # its sockets would pass the filter by; everywhere the same number
_X32 = 0x40000000  # from here on the numbers of x86-64's other interface
_SCTP = 132  # connects by setsockopt


@dataclass(frozen=True)
class SystemCalls:
    """The numbers of an architecture."""

    architecture: int
    seccomp: int
    socket: int
    connect: int
    sendto: int
    sendmsg: int
    sendmmsg: int


_OF_MACHINE = {
    "x86_64": SystemCalls(0xC000003E, 317, 41, 42, 44, 46, 307),
    "aarch64": SystemCalls(0xC00000B7, 277, 198, 203, 206, 211, 269),
}


def system_calls() -> SystemCalls:
    """Return the system calls of this machine. Raise OSError where there is no filter for it."""
    calls = _OF_MACHINE.get(platform.machine())
    if platform.system() != "Linux" or calls is None:
        raise OSError(errno.ENOSYS, f"no seccomp filter for {platform.system()} on {platform.machine()}")
    return calls


def install(runner: int) -> None:
    """From now on this thread and all it starts ask whoever has the other end of the Unix socket `runner`.

    Closes `runner`. Raise OSError where the kernel refuses.
    """
    # handing over is itself a sendmsg: a thread that is older than the filter does it
    listener: queue.SimpleQueue[int] = queue.SimpleQueue()
    with socket.socket(fileno=runner) as end:
        messenger = threading.Thread(target=_hand_over, args=[end, listener])
        messenger.start()
        try:
            listener.put(_filter())
        except BaseException:
            listener.put(-1)
            raise
        finally:
            messenger.join()


def _hand_over(end: socket.socket, listener: queue.SimpleQueue[int]) -> None:
    descriptor = listener.get()
    if descriptor >= 0:
        socket.send_fds(end, [b"."], [descriptor])
        os.close(descriptor)


def _filter() -> int:
    """Put the filter on this thread; the descriptor on which it asks."""
    calls = system_calls()
    code = program(calls)
    libc = ctypes.CDLL(None, use_errno=True)
    instructions = ctypes.create_string_buffer(code, len(code))
    fprog = struct.pack("@HP", len(code) // 8, ctypes.addressof(instructions))
    nothing = ctypes.c_ulong(0)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), nothing, nothing, nothing):
        raise OSError(ctypes.get_errno(), "PR_SET_NO_NEW_PRIVS")
    for flags in (_NEW_LISTENER | _SPEC_ALLOW | _WAIT_KILLABLE, _NEW_LISTENER | _SPEC_ALLOW):
        descriptor: int = libc.syscall(calls.seccomp, _SET_MODE_FILTER, flags, fprog)
        if descriptor >= 0:
            return descriptor
    raise OSError(ctypes.get_errno(), "SECCOMP_SET_MODE_FILTER")


def program(calls: SystemCalls) -> bytes:
    """Return the filter.

    Only what can name an address is asked for: `send` on a connected socket costs nothing.
    """
    return _assemble([
        (_LOAD, _ARCHITECTURE),
        (_EQUAL, calls.architecture, "", "no call"),
        (_LOAD, _NUMBER),
        (_AT_LEAST, _X32, "no call", ""),
        (_EQUAL, _IO_URING_SETUP, "no call", ""),
        (_EQUAL, calls.connect, "ask", ""),
        (_EQUAL, calls.sendmsg, "ask", ""),
        (_EQUAL, calls.sendmmsg, "ask", ""),
        (_EQUAL, calls.sendto, "sendto", ""),
        (_EQUAL, calls.socket, "socket", "allow"),
        "sendto",  # its address, 64 bits, may be null
        (_LOAD, _ARGUMENTS + 8 * 4),
        (_EQUAL, 0, "", "ask"),
        (_LOAD, _ARGUMENTS + 8 * 4 + 4),
        (_EQUAL, 0, "allow", "ask"),
        "socket",  # none of a family whose addresses the runner can't read
        (_LOAD, _ARGUMENTS),
        (_EQUAL, socket.AF_INET, "internet", ""),
        (_EQUAL, socket.AF_INET6, "internet", ""),
        (_EQUAL, socket.AF_UNIX, "allow", ""),
        (_EQUAL, socket.AF_NETLINK, "allow", ""),
        (_EQUAL, socket.AF_ALG, "allow", "no family"),
        "internet",
        (_LOAD, _ARGUMENTS + 8 * 2),
        (_EQUAL, _SCTP, "no protocol", ""),
        (_LOAD, _ARGUMENTS + 8),
        (_AND, 0xF),
        (_EQUAL, socket.SOCK_RAW, "not permitted", "allow"),
        "allow", (_RETURN, _ALLOW),
        "ask", (_RETURN, _ASK),
        "no call", (_RETURN, _FAIL | errno.ENOSYS),
        "no family", (_RETURN, _FAIL | errno.EAFNOSUPPORT),
        "no protocol", (_RETURN, _FAIL | errno.EPROTONOSUPPORT),
        "not permitted", (_RETURN, _FAIL | errno.EPERM),
    ])  # fmt: skip


def _assemble(lines: list[str | tuple[int, int] | tuple[int, int, str, str]]) -> bytes:
    """lines: labels, and instructions with what they take and where they jump; "" is the next one."""
    labels: dict[str, int] = {}
    instructions: list[tuple[int, int] | tuple[int, int, str, str]] = []
    for line in lines:
        if isinstance(line, str):
            labels[line] = len(instructions)
        else:
            instructions.append(line)
    code = b""
    for place, (operation, operand, *jumps) in enumerate(instructions):
        steps = [labels[str(label)] - place - 1 if label else 0 for label in jumps] or [0, 0]
        code += struct.pack("HBBI", operation, *steps, operand)
    return code
