"""Saving what all services hold into a folder, and bringing it back into a new process."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glue_app.emulator.service.stores import Stores
from glue_app.errors import OneLineError

from . import blobs, log_blobs, log_chunks, our_stores, pickling, repairs
from .containers import SERVICES, Container, containers, everything, require
from .regions import cached_regions
from .repairs import alarms

_ATTEMPTS = 10
_BESIDE = "beside.pickle"
_METRICS = "metrics.db"
_S3, _LOGS = "store-s3", "moto-logs"


class RestoreError(OneLineError):
    """A save does not hold what the services need. Nothing was changed yet."""


@dataclass(frozen=True)
class Captured:
    """What a capture wrote."""

    #: the names of the files in the folder; written, but not yet forced to disk
    files: list[str]
    #: the blobs (blobs.py) that the S3 objects and log streams name; forced to disk
    blobs: frozenset[str]


def prepare() -> None:
    """Do what a capture can do before the gate is held: load all services, have blobs written to disk.

    Raises OSError.
    """
    require(SERVICES)
    log_blobs.seal()
    with contextlib.suppress(blobs.MissingBlobsError):  # the capture says so, in a moment of rest
        blobs.sync(blobs.blobs_in_use())


def capture(folder: Path) -> Captured:
    """Write everything the services hold into an existing, empty folder. The caller holds the gate.

    Raises MissingBlobsError, StoresBusyError, or what a service's state makes the pickler raise; the folder's
        files are of no use then.
    """
    require(SERVICES)
    kept = containers()
    known = everything(kept)
    files: list[str] = []

    def write(name: str, data: bytes) -> None:
        (folder / name).write_bytes(data)
        files.append(name)

    with _no_collection():
        for container in kept:
            write(f"{container.name}.pickle", _dump_container(container, known))
        for name, stores in our_stores.stores().items():
            write(f"room-{name}.pickle", _dump_stores(name, stores, known))
        write(_BESIDE, _unchanged(lambda: pickling.dumps(repairs.save(), known)))
    alarms.save_metrics(folder / _METRICS)
    if (folder / _METRICS).exists():
        files.append(_METRICS)
    in_use = frozenset(blobs.blobs_in_use())
    blobs.sync(in_use)
    return Captured(files, in_use)


def restore(folder: Path, services: Sequence[str]) -> None:
    """Make a process that has served no request hold what was captured in `folder`.

    services: SERVICES of the version that captured. Raises ServiceNotKeptError, RestoreError or
        MissingBlobsError before anything is changed; after any other error the process has to be ended.
    """
    with cached_regions(), _no_collection():
        if (folder / _METRICS).exists():
            alarms.restore_metrics(folder / _METRICS)
        require(list(services))
        require(SERVICES)
        _inject_all(folder)
    our_stores.after_restore()


def _inject_all(folder: Path) -> None:
    kept = containers()
    known = everything(kept)
    by_file: dict[str, Callable[[Any], None]] = {
        f"{container.name}.pickle": container.inject for container in kept
    }
    for name, stores in our_stores.stores().items():
        by_file[f"room-{name}.pickle"] = stores.bring_back
    saved = {path.name for path in folder.glob("*.pickle")} - {_BESIDE}
    if unknown := sorted(saved - set(by_file)):
        raise RestoreError(f"the save holds what no service takes: {', '.join(unknown)}")
    plain = {name: pickling.loads((folder / name).read_bytes(), known) for name in sorted(saved)}
    beside = pickling.loads((folder / _BESIDE).read_bytes(), known)
    logs = plain.get(f"{_LOGS}.pickle", {})
    blobs.check(
        {*_blobs_of(plain.get(f"{_S3}.pickle")), *log_chunks.blobs_of(list(log_chunks.streams(logs)))}
    )
    log_blobs.fill(logs)
    for name, value in plain.items():
        by_file[name](value)
    repairs.repair(beside)


def _blobs_of(plain_s3: dict[str, Any] | None) -> Iterator[str]:
    for account in plain_s3["accounts"].values() if plain_s3 else ():
        for attributes in account["regions"].values():
            yield from blobs.named(attributes.get("attr_buckets", {}))


def _dump_container(container: Container, known: dict[str, Any]) -> bytes:
    with container.undisturbed():
        return _unchanged(lambda: pickling.dumps(container.to_plain(), known))


def _dump_stores(service: str, stores: Stores[Any], known: dict[str, Any]) -> bytes:
    with our_stores.locked(service, stores):
        return pickling.dumps(stores.kept(), known)


def _unchanged(dump: Callable[[], bytes]) -> bytes:
    """Step Functions' threads write history outside of any request: dump again where one came between."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return dump()
        except RuntimeError as error:  # "dictionary changed size during iteration", "deque mutated …"
            if "during iteration" not in str(error):
                raise
    return dump()


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Without garbage collection: pickling and loading make many objects and no garbage."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
