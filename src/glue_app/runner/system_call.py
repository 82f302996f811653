"""A system call that a filter holds up (seccomp_unotify(2)), and the addresses that it names."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from glue_app.runner.job_site.glue_runner.seccomp import system_calls

_NOTIFICATION = struct.Struct("=QIIiIQ6Q")  # id, pid, flags, number, architecture, place, arguments
_MSGHDR, _MMSGHDR = 56, 64  # bytes; the name and its length come first
_MOST_MESSAGES = 1024  # of one sendmmsg: the kernel looks at no more
_LONGEST_ADDRESS = 128
_IPV4_IN_IPV6 = bytes(10) + b"\xff\xff"  # Java's form of every IPv4 address


@dataclass(frozen=True)
class SystemCall:
    """`pid` is the thread's; its memory is read while it waits."""

    id: int
    pid: int
    number: int
    arguments: tuple[int, ...]

    SIZE = _NOTIFICATION.size

    @classmethod
    def unpack(cls, notification: bytes) -> SystemCall:
        id_, pid, _flags, number, _architecture, _place, *arguments = _NOTIFICATION.unpack(notification)
        return cls(id_, pid, number, tuple(arguments))

    @property
    def program(self) -> str:
        """Return the program's name; a thread's own, such as the JVM's have, says nothing to a user."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text(errors="replace")
            leader = status.partition("\nTgid:")[2].split()[0]
            return Path(f"/proc/{leader}/comm").read_text(errors="replace").strip()
        except (OSError, IndexError):
            return "a process that has ended"

    def addresses(self) -> Iterator[tuple[str, int]]:
        """(IP address, port) of each that it names; none for Unix sockets and the like.

        Raise OSError when the memory can't be read: EIO where there is none at the address.
        """
        calls, (_, first, second, _, fifth, sixth) = system_calls(), self.arguments
        memory = os.open(f"/proc/{self.pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        try:
            if self.number == calls.connect:
                yield from _address(memory, first, second & 0xFFFFFFFF, of_a_message=False)
            elif self.number == calls.sendto:
                yield from _address(memory, fifth, sixth & 0xFFFFFFFF, of_a_message=True)
            elif self.number == calls.sendmsg:
                yield from _name(memory, first)
            elif self.number == calls.sendmmsg:
                for index in range(min(second & 0xFFFFFFFF, _MOST_MESSAGES)):
                    yield from _name(memory, first + index * _MMSGHDR)
        finally:
            os.close(memory)


def _name(memory: int, header: int) -> Iterator[tuple[str, int]]:
    """Yield the address in a struct msghdr."""
    place, length = struct.unpack("=QI", _read(memory, header, 12))
    if place:
        yield from _address(memory, place, length, of_a_message=True)


def _address(memory: int, place: int, length: int, of_a_message: bool) -> Iterator[tuple[str, int]]:
    """Yield the host and port of an address. What is too short the kernel refuses.

    A message's address of no family is one of IPv4 to it.
    """
    data = _read(memory, place, min(length, _LONGEST_ADDRESS))
    family = int.from_bytes(data[:2], "little")
    port = int.from_bytes(data[2:4], "big")
    if len(data) >= 8 and (family == socket.AF_INET or (family == socket.AF_UNSPEC and of_a_message)):
        yield socket.inet_ntop(socket.AF_INET, data[4:8]), port
    elif len(data) >= 24 and family == socket.AF_INET6 and data[8:20] == _IPV4_IN_IPV6:
        yield socket.inet_ntop(socket.AF_INET, data[20:24]), port
    elif len(data) >= 24 and family == socket.AF_INET6:
        yield socket.inet_ntop(socket.AF_INET6, data[8:24]), port


def _read(memory: int, place: int, length: int) -> bytes:
    return os.pread(memory, length, place) if place < 1 << 63 else b""
