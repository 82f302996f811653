"""The egress guard: a job reaches the local stack and nothing else, or fails by name.

On AWS a job in a VPC without a way out fails the same way; here it also keeps a job from ever talking to the
real AWS. It is an audit hook: it sees every socket of the interpreter and cannot be removed. Programs the job
starts, and the JVM, are outside it: they are the kernel's (seccomp.py), where it keeps the guard. Where it
doesn't `jvm_options` covers the JVM's plain sockets.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_LOOPBACK = ("127.0.0.0/8", "::1/128")
_TO_AN_ADDRESS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})  # (socket, address)
_OF_A_NAME = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})  # (host, ...)
_EVENTS = _TO_AN_ADDRESS | _OF_A_NAME | {"socket.getnameinfo"}  # (address,)


class EgressRefusedError(RuntimeError):
    """Raised in the job when it tries to reach a host outside the local stack.

    Not an OSError: HTTP clients retry those and hide their text.
    """

    def __init__(self, host: str) -> None:
        super().__init__(
            f"egress refused: {host} is not part of the local stack. A job reaches loopback addresses, the "
            f"endpoint in AWS_ENDPOINT_URL and what RUNNER_EGRESS_ALLOW names; real AWS and the internet are "
            f"out of reach. Is an endpoint_url or a region's host name hard-coded?"
        )
        self.host = host


class EgressPolicy:
    """Which hosts a job may reach: names (compared without case) and networks."""

    def __init__(self, names: Iterable[str], networks: Iterable[str]) -> None:
        self._names = frozenset(name.lower() for name in names)
        self._networks: list[Network] = [ipaddress.ip_network(n) for n in networks]
        self._resolved = False
        # does a job have to look up names to reach what it may?
        self.has_names = not self._names <= {"localhost", "", socket.gethostname().lower()}

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ) -> EgressPolicy:
        names, networks = ["localhost", "", socket.gethostname()], list(_LOOPBACK)
        allowed = [h for h in env.get("GLUE_RUNNER_EGRESS_ALLOW", "").split(",") if h]
        endpoint = urlsplit(env.get("AWS_ENDPOINT_URL", "")).hostname
        for host in [*allowed, *([endpoint] if endpoint else [])]:
            try:
                networks.append(str(ipaddress.ip_network(host, strict=False)))
            except ValueError:
                names.append(host)
        return cls(names, networks)

    def allows(self, host: str) -> bool:
        """host: a name or an address, as given to socket functions."""
        name = host.lower().rstrip(".")
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name.partition("%")[0])
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        if any(address in network for network in self._networks) or address.is_unspecified:
            return True
        return self._resolve_names() and any(address in network for network in self._networks)

    def _resolve_names(self) -> bool:
        """Add the addresses of the allowed names once; True when that added any."""
        if self._resolved:
            return False
        self._resolved = True
        for name in self._names - {"", "localhost"}:
            try:
                found = {str(info[4][0]) for info in socket.getaddrinfo(name, None)}
            except OSError:
                continue
            self._networks += [ipaddress.ip_network(address.partition("%")[0]) for address in found]
        return True


def install() -> None:
    """Guards this interpreter from now on."""
    policy = EgressPolicy.from_environment()

    def guard(event: str, args: tuple[Any, ...]) -> None:
        if event not in _EVENTS:
            return
        host = _host(event, args)
        if host is not None and not policy.allows(host):
            error = EgressRefusedError(host)
            print(f"glue runner: {error}", file=sys.stderr, flush=True)  # seen even if the job swallows it
            raise error

    sys.addaudithook(guard)


def _host(event: str, args: tuple[Any, ...]) -> str | None:
    """Return the host an event is about; None for Unix sockets and addresses left out."""
    if event in _TO_AN_ADDRESS and (
        args[1] is None or args[0].family not in (socket.AF_INET, socket.AF_INET6)
    ):
        return None
    target = args[0] if event not in _TO_AN_ADDRESS else args[1]
    if event not in _OF_A_NAME and isinstance(target, tuple) and target:
        target = target[0]
    if target is None:  # getaddrinfo: this machine
        return None
    if isinstance(target, (bytes, bytearray, memoryview)):
        return bytes(target).decode("ascii", "replace")
    return str(target)  # what no socket function takes is no host that may be reached


def jvm_options(env: Mapping[str, str] = os.environ) -> list[str]:
    """Java options that send every other plain socket of the JVM to a proxy that is not there."""
    endpoint = urlsplit(env.get("AWS_ENDPOINT_URL", "")).hostname
    allowed = [h for h in env.get("GLUE_RUNNER_EGRESS_ALLOW", "").split(",") if h and "/" not in h]
    hosts = ["localhost", "127.*", "[::1]", socket.gethostname(), *([endpoint] if endpoint else []), *allowed]
    return [
        "-DsocksProxyHost=127.0.0.1",
        "-DsocksProxyPort=9",  # discard: nobody listens
        f"-DsocksNonProxyHosts={'|'.join(dict.fromkeys(hosts))}",
    ]
