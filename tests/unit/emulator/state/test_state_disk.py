"""A disk that is full: nothing that was saved is lost, room is made, and what takes it is told."""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glue_app.disk import durable
from glue_app.disk.space import DiskFullError
from glue_app.emulator.state.background import BackgroundSaver
from glue_app.emulator.state.saver import Saver
from glue_app.emulator.state.saves import Saves
from tests.unit.emulator.state.fake_host import VERSIONS, FakeHost

BLOB = "ab" + "0" * 30
FULL = OSError(errno.ENOSPC, "No space left on device")


class Disk:
    """Fails each write after the first `room` of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room: int | None = None
        self.failed = 0
        for owner, name in (
            (Path, "mkdir"),
            (Path, "write_text"),
            (durable, "sync"),
            (Path, "rename"),
            (shutil, "copyfile"),
        ):
            monkeypatch.setattr(owner, name, self._writing(getattr(owner, name)))

    def _writing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def write(*arguments: Any, **options: Any) -> Any:
            if self.room == 0:
                self.failed += 1
                raise FULL
            if self.room is not None:
                self.room -= 1
            return original(*arguments, **options)

        return write


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def names(state: Path) -> list[str]:
    return sorted(entry.name for entry in (state / "saves").iterdir())


@pytest.mark.parametrize("room", range(9))
@pytest.mark.usefixtures("terraform")
def test_wherever_the_room_ends_the_last_save_is_whole_and_the_next_succeeds(
    disk: Disk, room: int, state: Path, saver: Saver, host: FakeHost
) -> None:
    """No half-written save is left, requests are served, and the save after room was made is of now."""
    saver.save("first")
    saver.save("second")
    host.change("two")
    disk.room = room

    with pytest.raises(DiskFullError):
        saver.save("make down", hold=True)

    assert disk.failed
    assert host.closed == ""
    assert not saver.held_for_good
    assert names(state)[-1] == "00000002"
    found = Saves(state).newest_sound(VERSIONS)
    assert found is not None
    assert found.manifest.reason == "second"

    disk.room = None
    saver.save("third")
    assert Saves(state).all()[0].manifest.reason == "third"
    assert not [name for name in names(state) if name.endswith(".part")]


def test_a_failed_save_makes_room_and_tries_again(state: Path, saver: Saver, host: FakeHost) -> None:
    """The older save goes, the newest stays, and what only the older one named is swept."""
    host.put_blob(BLOB)
    saver.save("first")
    host.blobs.clear()
    saver.save("second")
    host.swept.clear()
    host.failures.append(FULL)
    there: list[list[str]] = []
    host.while_held = lambda: there.append([save.manifest.reason for save in Saves(state).all()])

    saver.save("third")

    assert there == [["second", "first"], ["second"]]
    assert host.swept[0] == set()
    assert [save.manifest.reason for save in Saves(state).all()] == ["third", "second"]


def test_the_last_sound_save_is_never_given_up_for_room(state: Path, saver: Saver, host: FakeHost) -> None:
    """Where the newest is damaged, the one before stays too."""
    saver.save("first")
    saver.save("second")
    (state / "saves" / "00000002" / "store.pickle").write_text("damaged")
    host.failures += [FULL, FULL]

    with pytest.raises(DiskFullError):
        saver.save("third")

    assert names(state) == ["00000001", "00000002"]


def test_what_takes_the_room_is_told(state: Path, saver: Saver, host: FakeHost) -> None:
    """The disk, what is free of it, and the folders by their size."""
    (state / "s3" / "ab").mkdir(parents=True)
    (state / "s3" / "ab" / "large").write_bytes(b"x" * 3_000_000)
    host.failures += [FULL, FULL]

    with pytest.raises(DiskFullError) as raised:
        saver.save("asked")

    assert f"no room is left on the disk of {state} (" in str(raised.value)
    assert " free); the stack's own data there: s3 3.0 MB, saves " in str(raised.value)


def test_a_snapshot_that_finds_no_room_leaves_no_folder(saver: Saver, host: FakeHost, tmp_path: Path) -> None:
    host.failures.append(FULL)

    with pytest.raises(DiskFullError, match=str(tmp_path)):
        saver.snapshot(tmp_path / "snapshot")

    assert not (tmp_path / "snapshot").exists()


def test_health_tells_at_once_and_the_log_once(
    saver: Saver, host: FakeHost, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried again and again, and after room was made health is good again."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    saving = BackgroundSaver(saver)
    host.change("two")
    host.failures += [FULL] * 6

    def look(seconds: int) -> None:
        for _ in range(2 * seconds):
            now[0] += 0.5
            saving.look(now[0])

    with caplog.at_level(logging.ERROR):
        look(2)
        with pytest.raises(ConnectionError, match="no room is left on the disk of"):
            saving.check()
        look(60)
        saving.check()

    assert not host.failures
    assert len(caplog.records) == 1
