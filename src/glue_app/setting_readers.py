"""Read a setting from environment variables, or refuse it with the words that say what to set.

Standard library, Python 3.8: the commands, the emulator and the runner read with these, each in an
environment of its own. A variable that is empty counts as not set, for every reader.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from glue_app.errors import BAD_SETTING, OneLineError

LOOPBACK = ipaddress.IPv4Network("127.0.0.0/8")

if TYPE_CHECKING:  # Python 3.8 can't evaluate them
    Environment = Mapping[str, str]
    Address = tuple[str, int]


class SettingError(OneLineError, ValueError):
    """The variable `name` can't be used with its `value`; `wanted` says what to set it to."""

    exit_code = BAD_SETTING

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(f"{name} is {value!r}", f"set it to {wanted}")
        self.name, self.value, self.wanted = name, value, wanted


class MissingSettingError(SettingError):
    """The variable `name` is not set, and nothing can be taken in its place."""

    def __init__(self, name: str, wanted: str) -> None:
        super().__init__(name, "", wanted)
        self.problem = f"{name} is missing, and has no default"


def text(environment: Environment, name: str, default: str = "") -> str:
    """Any text."""
    return environment.get(name) or default


def choice(environment: Environment, name: str, default: str, choices: Collection[str]) -> str:
    """One of `choices`. Raises SettingError."""
    value = text(environment, name, default)
    if value not in choices:
        raise SettingError(name, value, " or ".join(choices))
    return value


def switch(environment: Environment, name: str, default: bool) -> bool:
    """`1` is on, `0` is off. Raises SettingError."""
    return choice(environment, name, "1" if default else "0", ("0", "1")) == "1"


def whole_number(
    environment: Environment, name: str, default: int | None, smallest: int = 1, largest: int = 2**31 - 1
) -> int:
    """From `smallest` to `largest`. Raises SettingError; MissingSettingError where there is no default."""
    value = text(environment, name)
    wanted = f"a whole number from {smallest} to {largest}"
    if not value:
        if default is None:
            raise MissingSettingError(name, wanted)
        return default
    digits = value.isascii() and value.isdigit() and len(value) <= len(str(largest))
    if not digits or not smallest <= int(value) <= largest:
        raise SettingError(name, value, wanted)
    return int(value)


def port(environment: Environment, name: str, default: int | None) -> int:
    """Return a TCP port. Raises SettingError; MissingSettingError where there is no default."""
    return whole_number(environment, name, default, 1, 65535)


def seconds(environment: Environment, name: str, default: float) -> float:
    """Above 0, with a fraction maybe. Raises SettingError."""
    value = text(environment, name, f"{default:g}")
    try:
        found = float(value)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise SettingError(name, value, f"a number of seconds above 0 such as {default:g}")
    return found


def path(environment: Environment, name: str, default: Path | None = None) -> Path:
    """Return an absolute path, whether it exists or not. Raises MissingSettingError without a default."""
    value = text(environment, name)
    if not value and default is None:
        raise MissingSettingError(name, "a path")
    return Path(value or default or "").absolute()


def path_or_none(environment: Environment, name: str) -> Path | None:
    """Return an absolute path, None where none is set; what makes it may still be starting."""
    return path(environment, name) if text(environment, name) else None


def folder_or_none(environment: Environment, name: str, what: str = "a folder") -> Path | None:
    """Return a folder that is there, None where none is set. Raises SettingError."""
    found = path_or_none(environment, name)
    if found and not found.is_dir():
        raise SettingError(name, text(environment, name), f"{what} that is there, or leave it out")
    return found


def url(environment: Environment, name: str, default: str) -> str:
    """Return an HTTP URL without a `/` at its end. Raises SettingError."""
    value = text(environment, name, default)
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingError(name, value, f"a URL such as {default}")
    return value.rstrip("/")


def loopback_network(environment: Environment, name: str, default: str) -> ipaddress.IPv4Network:
    """Return a network that nobody but this machine reaches. Raises SettingError."""
    value = text(environment, name, default)
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError:
        network = ipaddress.IPv4Network("0.0.0.0/0")
    if not network.subnet_of(LOOPBACK):
        raise SettingError(name, value, f"an IPv4 network inside {LOOPBACK}, such as {default}")
    return network


def address_or_none(environment: Environment, name: str) -> Address | None:
    """`host:port`. Raises SettingError."""
    value = text(environment, name)
    try:
        return _address(value) if value else None
    except ValueError:
        wanted = "a host and a port such as localstack:4569, or leave it out"
        raise SettingError(name, value, wanted) from None


def forwarded(environment: Environment, name: str) -> dict[Address, Address]:
    """`127.20.0.1:5432=postgres:5432,…`: an address here → where it leads. Raises SettingError."""
    value = text(environment, name)
    try:
        pairs = [pair.split("=") for pair in value.split(",") if pair.strip()]
        return {_address(here): _address(there) for here, there in pairs}
    except ValueError:
        wanted = "127.20.0.1:5432=postgres:5432, with `,` between several"
        raise SettingError(name, value, wanted) from None


def _address(value: str) -> Address:
    host, _, number = value.strip().rpartition(":")
    if not host or not 0 < int(number) < 65536:
        raise ValueError(value)
    return host, int(number)
