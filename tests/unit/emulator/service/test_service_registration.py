"""The one registration: who asks finds what a service has told."""

from __future__ import annotations

import pytest

from glue_app.emulator.host import health
from glue_app.emulator.host.state import our_stores
from glue_app.emulator.service import registration
from glue_app.emulator.service.files import NoFiles
from glue_app.emulator.service.listeners import Listener
from glue_app.emulator.service.registration import register
from glue_app.emulator.service.stores import Stores
from glue_app.emulator.state.activity import activity


@pytest.fixture(autouse=True)
def _nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "_registered", {})


def test_all_who_ask_find_what_a_service_has() -> None:
    """Saves its stores, activity and files, health its check, tunnels its servers."""
    stores: Stores[list[str]] = Stores(list)
    restored: list[str] = []
    listener, files = Listener(("127.0.0.1", 1), "vpc-1", "subnet-a", ()), NoFiles()

    register(
        "things",
        stores=stores,
        after_restore=lambda: restored.append("things"),
        activity=lambda: "busy",
        health=lambda: None,
        listeners=lambda *_: listener,
        files=files,
    )

    our_stores.after_restore()
    assert our_stores.stores() == {"things": stores}
    assert restored == ["things"]
    assert activity() == (("things", "busy"),)
    assert health.check_all() == {"rds": "up", "things": "up"}
    assert registration.listener("a", "r", "host", 1) is listener
    assert registration.files() is files


def test_a_service_registers_only_what_it_has() -> None:
    register("things")

    our_stores.after_restore()
    assert (our_stores.stores(), activity(), registration.listener("a", "r", "host", 1)) == ({}, (), None)
    assert isinstance(registration.files(), NoFiles)


def test_every_services_listeners_are_asked_and_the_last_registration_counts() -> None:
    listener = Listener(("127.0.0.1", 1), "vpc-1", "subnet-a", ())
    register("one", listeners=lambda *_: None)
    register("other", listeners=lambda *_: listener)
    assert registration.listener("a", "r", "host", 1) is listener
    register("other", listeners=lambda *_: None)
    assert registration.listener("a", "r", "host", 1) is None


def test_a_store_that_changes_meanwhile_counts_as_changed() -> None:
    def changing() -> object:
        raise RuntimeError("dictionary changed size during iteration")

    register("things", activity=changing)

    assert activity() != activity()
