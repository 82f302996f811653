"""Capturing and restoring within one process: our own rooms, and what is refused."""

from __future__ import annotations

import importlib
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from glue_app.emulator.host.state import containers, rooms
from glue_app.emulator.host.state.capture import RestoreError, capture, restore
from glue_app.emulator.host.state.rooms import Room, register_room

module = importlib.import_module("glue_app.emulator.host.state.capture")  # its name is the function's as well


class Stores:
    """As GlueStores and RdsStores are."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._stores: dict[tuple[str, str], list[str]] = {}


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    """A registered room, with no service of LocalStack's beside it."""
    monkeypatch.setattr(rooms, "_rooms", {})
    monkeypatch.setattr(module, "require", lambda _services: None)
    monkeypatch.setattr(module, "containers", list)
    monkeypatch.setattr(module, "everything", lambda _kept: {})
    monkeypatch.setattr(module.alarms, "save_metrics", lambda _to: None)
    monkeypatch.setattr(
        module, "repairs", SimpleNamespace(save=lambda: {"a": 1}, repair=lambda saved: repaired.append(saved))
    )
    repaired: list[Any] = []
    restored: list[dict[Any, Any]] = []
    stores = Stores()
    made = Room("things", stores, lambda: restored.append(dict(stores._stores)))
    register_room(made)
    stores.restored, stores.repaired = restored, repaired  # type: ignore[attr-defined]
    return made


def test_a_room_is_captured_and_restored_in_place(room: Room, tmp_path: Path) -> None:
    """Its provider holds the dict; `after_restore` sees it full, when all else is repaired."""
    held = room.stores._stores
    held["000000000000", "us-east-1"] = ["kept"]

    captured = capture(tmp_path)
    held.clear()
    held["000000000000", "us-west-2"] = ["later"]
    restore(tmp_path, [])

    assert room.stores._stores is held
    assert held == {("000000000000", "us-east-1"): ["kept"]}
    assert room.stores.restored == [held]
    assert room.stores.repaired == [{"a": 1}]
    assert sorted(captured.files) == sorted(path.name for path in tmp_path.iterdir())


def test_what_no_room_takes_is_refused_before_anything_is_changed(room: Room, tmp_path: Path) -> None:
    room.stores._stores["a", "b"] = ["kept"]
    capture(tmp_path)
    (tmp_path / "room-gone.pickle").write_bytes(b"")
    room.stores._stores["a", "b"] = ["now"]

    with pytest.raises(RestoreError, match="room-gone"):
        restore(tmp_path, [])

    assert room.stores._stores == {("a", "b"): ["now"]}
    assert room.stores.restored == []


def test_a_room_that_stays_locked_ends_the_capture(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its holder may be waiting for the gate that the save holds: they would wait for ever."""
    monkeypatch.setattr(rooms, "LOCK_TIMEOUT_S", 0.05)
    locked, end = threading.Event(), threading.Event()

    def hold() -> None:
        with room.stores.lock:
            locked.set()
            end.wait(10)

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    assert locked.wait(5)

    with pytest.raises(rooms.RoomBusyError, match="things"):
        capture(tmp_path)
    end.set()
    thread.join(5)


def test_a_service_this_version_does_not_keep_is_refused() -> None:
    with pytest.raises(containers.ServiceNotKeptError, match="dynamodb"):
        containers.require(["dynamodb"])


def test_a_dictionary_that_a_thread_changes_is_dumped_again() -> None:
    """Step Functions' threads write outside of any request."""
    tries: list[int] = []

    def dump() -> bytes:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("dictionary changed size during iteration")
        return b"whole"

    assert module._unchanged(dump) == b"whole"


def test_any_other_error_is_raised() -> None:
    def dump() -> bytes:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        module._unchanged(dump)
