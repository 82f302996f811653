"""The lock and the queue of docs/adr/0025 against their promises: any interleaving, any execution stopped."""

from __future__ import annotations

from random import Random

import pytest

from tests.support import upload_queue
from tests.support.upload_queue import FREE, World

SEEDS = 3000


def played(seed: int, kills: float, most_uploads: int = 6) -> World:
    """Uploads come, executions take turns, some are stopped; in the end the schedule looks once."""
    random, world = Random(seed), World()
    uploads = [f"upload-{n}" for n in range(random.randint(1, most_uploads))]
    waiting = list(uploads)
    for _ in range(5000):
        choices = list(world.running)
        if waiting and random.random() < 0.2:
            world.start(waiting.pop())
        elif choices:
            name = random.choice(choices)
            if random.random() < kills:
                world.stop(name)
            else:
                world.step(name)
        for writer in [name for name, alive in world.writers.items() if not alive]:
            if random.random() < 0.3:
                del world.writers[writer]  # Glue has stopped the run
        if not waiting and not world.running:
            break
    world.writers.clear()
    queued = set(world.pending)
    if kills and queued:
        settled(world)
    return world


def settled(world: World) -> None:
    """The schedule's execution, and whatever it hands on to, undisturbed."""
    world.start()
    for _ in range(500):
        if not world.running:
            return
        world.step(next(iter(world.running)))
    raise AssertionError("the executions do not end")


def test_no_upload_is_left_where_nobody_is_stopped() -> None:
    """Whoever finds the lock held counts on the holder, and never in vain; all executions end."""
    for seed in range(SEEDS):
        world = played(seed, kills=0)
        assert not world.running, seed
        assert not world.pending, seed
        assert world.lock is not None
        assert world.lock[1] == FREE, seed
        assert len(world.done) == len(set(world.done)), seed


def test_one_run_writes_at_a_time_whoever_is_stopped_where() -> None:
    """And the schedule's next execution takes over the lock and all that is left, at the latest."""
    for seed in range(SEEDS):
        world = played(seed, kills=0.08)
        assert world.worst <= 1, seed
        assert not world.pending, seed


def test_a_burst_takes_few_runs() -> None:
    """500 uploads while the first is processed: the runs are bounded by rounds, not by uploads."""
    world = World()
    for number in range(500):
        world.start(f"upload-{number:03}")
        if number == 0:
            for _ in range(7):
                world.step("execution-1")
    random = Random(1)
    while world.running:
        world.step(random.choice(list(world.running)))
    assert sorted(world.done) == [f"upload-{number:03}" for number in range(500)]
    assert world.glue_runs <= 6


def _queues_late(world: World, me: str, upload: str | None) -> upload_queue.Steps:
    steps = EXECUTION(world, me, None)
    yield from steps
    if upload is not None:
        yield "Queue the upload"
        world.pending.add(upload)


def _looks_before_it_releases(world: World, me: str, upload: str | None) -> upload_queue.Steps:
    """Ends after the release without another look."""
    for step in EXECUTION(world, me, upload):
        if step == "List what came meanwhile":
            return
        yield step


def _takes_it_unconditionally(self: World, holder: str, if_match: int | None) -> int | None:
    self.etags += 1
    self.lock = (self.etags, holder)
    return self.etags


EXECUTION = upload_queue.execution
BREAKS = {
    "the upload is queued after the lock was looked at": ("execution", _queues_late),
    "nobody looks after the release": ("execution", _looks_before_it_releases),
}


@pytest.mark.parametrize("name", BREAKS)
def test_each_rule_is_needed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, some interleaving leaves an upload that nobody processes."""
    what, broken = BREAKS[name]
    monkeypatch.setattr(upload_queue, what, broken)
    assert any(played(seed, kills=0).pending for seed in range(SEEDS))


def test_the_lock_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Written without a condition, two executions hold it at once, which the model's job run notices."""
    monkeypatch.setattr(World, "put_lock", _takes_it_unconditionally)
    with pytest.raises(AssertionError, match="runs without the lock"):
        _ = [played(seed, kills=0.08) for seed in range(SEEDS)]
