"""When the stack saves itself."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from glue_app.emulator.state.background import FORCED_S, GATE_TIMEOUT_S, PAUSE_S, BackgroundSaver, Schedule
from glue_app.emulator.state.saver import Saver
from glue_app.emulator.state.saves import Saves
from tests.unit.emulator.state.fake_host import FakeHost


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def saving(saver: Saver, clock: list[float]) -> BackgroundSaver:
    return BackgroundSaver(saver)


def looks(saving: BackgroundSaver, clock: list[float], seconds: float) -> None:
    """As its thread does."""
    for _ in range(int(seconds * 2)):
        clock[0] += 0.5
        saving.look(clock[0])


def count(state: Path) -> int:
    numbers = [int(save.manifest.name) for save in Saves(state).all()]
    return max(numbers, default=0)


def test_nothing_changed_nothing_saved(saving: BackgroundSaver, clock: list[float], state: Path) -> None:
    looks(saving, clock, 60)

    assert count(state) == 0


def test_a_change_is_saved_when_things_are_quiet(
    saving: BackgroundSaver, clock: list[float], host: FakeHost, state: Path
) -> None:
    """Once."""
    host.change("two")
    looks(saving, clock, 2)
    assert count(state) == 1

    looks(saving, clock, 30)
    assert count(state) == 1


def test_things_that_never_get_quiet_are_saved_in_time(clock: list[float]) -> None:
    """20 s after a change at the latest, the wait for the gate included, and not oftener than each 5 s."""
    schedule, saved, first, times = Schedule(0.0), 0, 0.0, []
    for tick in range(200):
        now, mark = tick / 2, tick
        if schedule.due(now, saved, mark):
            assert now + GATE_TIMEOUT_S - first <= 20
            times.append(now)
            saved, first = mark, now
            schedule.was_saved(now)
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(times) >= 7
    assert all(PAUSE_S <= pause <= FORCED_S + 1 for pause in pauses)


def test_a_second_change_waits_five_seconds(
    saving: BackgroundSaver, clock: list[float], host: FakeHost, state: Path
) -> None:
    host.change("two")
    looks(saving, clock, 2)
    host.change("three")
    looks(saving, clock, 3)
    assert count(state) == 1

    looks(saving, clock, 3)
    assert count(state) == 2


def test_terraform_at_work_is_left_alone(
    saving: BackgroundSaver, clock: list[float], host: FakeHost, state: Path, terraform: Path
) -> None:
    """However long it takes; what it did is saved when it has ended. That is no failure."""
    (terraform / "applying").touch()
    host.change("two")
    looks(saving, clock, 120)
    assert count(state) == 0
    saving.check()

    (terraform / "applying").unlink()
    looks(saving, clock, 2)
    assert count(state) == 1


def test_a_busy_gate_is_tried_again_and_told_after_the_third_time(
    saving: BackgroundSaver, clock: list[float], host: FakeHost, state: Path
) -> None:
    host.busy = True
    host.change("two")
    looks(saving, clock, 4)
    saving.check()  # once or twice is nothing

    looks(saving, clock, 10)
    with pytest.raises(ConnectionError, match=r"could not be saved \d+ times in a row: 1 requests are still"):
        saving.check()

    host.busy = False
    looks(saving, clock, 4)
    saving.check()
    assert count(state) == 1


def test_a_busy_gate_is_left_alone_for_longer_each_time(clock: list[float]) -> None:
    """Requests that come while a save waits for the gate wait as well: a minute apart in the end, and anew
    soon after a save."""
    schedule, tries = Schedule(0.0), []
    for tick in range(600):
        now = tick / 2
        if schedule.due(now, 0, 1):
            tries.append(now)
            schedule.failed(now)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert pauses[:6] == [2, 4, 8, 16, 32, 60]
    assert set(pauses[6:]) == {60}

    schedule.was_saved(300.0)
    schedule.failed(310.0)
    assert schedule.due(311.5, 0, 1) is False
    assert schedule.due(313.0, 0, 1) is True


def test_after_a_save_for_the_end_none_follows(
    saving: BackgroundSaver, saver: Saver, clock: list[float], host: FakeHost, state: Path
) -> None:
    saver.save("make down", hold=True)
    host.change("two")
    looks(saving, clock, 60)

    assert count(state) == 1


def test_the_thread_ends_when_it_is_told(saver: Saver) -> None:
    saving = BackgroundSaver(saver)
    saving.start()

    saving.stop()

    assert not saving._thread.is_alive()
