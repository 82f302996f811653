"""Capturing and restoring within one process: our own services' stores, and what is refused."""

from __future__ import annotations

import importlib
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from glue_app.emulator.host.state import containers, our_stores
from glue_app.emulator.host.state.capture import RestoreError, capture, restore
from glue_app.emulator.service import registration
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.service.stores import Stores

module = importlib.import_module("glue_app.emulator.host.state.capture")  # its name is the function's as well


class Things(Stores[list[str]]):
    """A service's stores, and what was seen when all had been brought back."""

    def __init__(self) -> None:
        super().__init__(list)
        self.restored: list[Any] = []
        self.repaired: list[Any] = []


@pytest.fixture
def things(monkeypatch: pytest.MonkeyPatch) -> Things:
    """A registered service's, with no service of LocalStack's beside it."""
    made = Things()
    monkeypatch.setattr(registration, "_registered", {})
    monkeypatch.setattr(module, "require", lambda _services: None)
    monkeypatch.setattr(module, "containers", list)
    monkeypatch.setattr(module, "everything", lambda _kept: {})
    monkeypatch.setattr(module.alarms, "save_metrics", lambda _to: None)
    monkeypatch.setattr(
        module, "repairs", SimpleNamespace(save=lambda: {"a": 1}, repair=made.repaired.append)
    )
    registration.register("things", stores=made, after_restore=lambda: made.restored.append(made.kept()))
    return made


def test_stores_are_captured_and_restored_in_place(things: Things, tmp_path: Path) -> None:
    """Its provider holds the dict; `after_restore` sees it full, when all else is repaired."""
    held = things._stores
    held[Scope("000000000000", "us-east-1")] = ["kept"]

    captured = capture(tmp_path)
    held.clear()
    held[Scope("000000000000", "us-west-2")] = ["later"]
    restore(tmp_path, [])

    assert things._stores is held
    assert held == {("000000000000", "us-east-1"): ["kept"]}
    assert things.restored == [held]
    assert things.repaired == [{"a": 1}]
    assert sorted(captured.files) == sorted(path.name for path in tmp_path.iterdir())


def test_what_no_service_takes_is_refused_before_anything_is_changed(things: Things, tmp_path: Path) -> None:
    things._stores[Scope("a", "b")] = ["kept"]
    capture(tmp_path)
    (tmp_path / "room-gone.pickle").write_bytes(b"")
    things._stores[Scope("a", "b")] = ["now"]

    with pytest.raises(RestoreError, match="room-gone"):
        restore(tmp_path, [])

    assert things._stores == {("a", "b"): ["now"]}
    assert things.restored == []


def test_stores_that_stay_locked_end_the_capture(
    things: Things, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its holder may be waiting for the gate that the save holds: they would wait for ever."""
    monkeypatch.setattr(our_stores, "LOCK_TIMEOUT_S", 0.05)
    locked, end = threading.Event(), threading.Event()

    def hold() -> None:
        with things.lock:
            locked.set()
            end.wait(60)

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    assert locked.wait(60)

    with pytest.raises(our_stores.StoresBusyError, match="things"):
        capture(tmp_path)
    end.set()
    thread.join(60)


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
