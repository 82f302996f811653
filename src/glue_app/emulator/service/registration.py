"""The one registration: what a service has beside its operations, and who is told of it.

A provider calls `register` once, when LocalStack has loaded it. Give what the service has; the rest stays
out. Saves take `stores`, `after_restore`, `activity` and `files`; `GET /_glue-app/health` asks `health`;
Session Manager's tunnels ask `listeners`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from glue_app.emulator.service.files import Files, NoFiles
from glue_app.emulator.service.listeners import Listener, Lookup
from glue_app.emulator.service.stores import Stores

#: a value that differs when something has changed
Fingerprint = Callable[[], Hashable]
#: raises an exception whose message says why the service is down
Check = Callable[[], None]


@dataclass(frozen=True)
class Registered:
    """A service, or a part of the stack, with what it has.

    stores: kept by saves. after_restore: called when all of a save is back, before the first request.
    activity: differs when something changed without a request, such as a run that ended. health: whether what
    it depends on answers. listeners: its servers in the emulated network. files: kept by saves, too.
    """

    name: str
    stores: Stores[Any] | None = None
    after_restore: Callable[[], None] | None = None
    activity: Fingerprint | None = None
    health: Check | None = None
    listeners: Lookup | None = None
    files: Files | None = None


_registered: dict[str, Registered] = {}


def register(
    name: str,
    *,
    stores: Stores[Any] | None = None,
    after_restore: Callable[[], None] | None = None,
    activity: Fingerprint | None = None,
    health: Check | None = None,
    listeners: Lookup | None = None,
    files: Files | None = None,
) -> None:
    """Have all who ask know of a service. The last registration of a name counts."""
    _registered[name] = Registered(name, stores, after_restore, activity, health, listeners, files)


def registered() -> list[Registered]:
    """List what has registered so far. A service is there once it is loaded."""
    return list(_registered.values())


def files() -> Files:
    """Return the files of the service that has some (RDS)."""
    return next((each.files for each in registered() if each.files), NoFiles())


def listener(account_id: str, region: str, host: str, port: int) -> Listener | None:
    """Return what listens there, None where nothing of the stack does."""
    for each in registered():
        if each.listeners and (found := each.listeners(account_id, region, host, port)):
            return found
    return None
