"""The protocol of docs/adr/0025 as a model: executions as coroutines that stop before each call of AWS.

The calls are those of infra/pipeline.asl.json.tftpl, in its order; S3 is strongly consistent, so a call
happens at once and whole, and all that can differ is whose turn is next, and who is stopped where.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

FREE = "none"
MOST_ROUNDS = 2
Steps = Iterator[str]


@dataclass
class World:
    """One dataset. ``lock``: None before the first; ``writers``: job runs that may write its tables now."""

    lock: tuple[int, str] | None = None
    pending: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    running: dict[str, Steps] = field(default_factory=dict)
    writers: dict[str, bool] = field(default_factory=dict)
    """Job run → whether its execution still runs; one of a stopped execution ends by itself, some time."""
    etags: int = 0
    started: int = 0
    glue_runs: int = 0
    worst: int = 0

    # ------------------------------------------------------------------ AWS
    def put_lock(self, holder: str, if_match: int | None) -> int | None:
        """Write the lock and return its ETag; None: 412."""
        if (self.lock[0] if self.lock else None) != if_match:
            return None
        self.etags += 1
        self.lock = (self.etags, holder)
        return self.etags

    def start(self, upload: str | None = None) -> str:
        self.started += 1
        name = f"execution-{self.started}"
        self.running[name] = execution(self, name, upload)
        return name

    def step(self, name: str) -> None:
        """Let an execution make one call."""
        try:
            next(self.running[name])
        except StopIteration:
            self.running.pop(name, None)

    def stop(self, name: str) -> None:
        """Kill it; the job run that it started is asked to end, and does so later."""
        self.running.pop(name, None)
        if name in self.writers:
            self.writers[name] = False


def execution(world: World, me: str, upload: str | None) -> Steps:
    """What an execution does; it can be stopped at each yield, which stands before a call."""
    if upload is not None:
        yield "Queue the upload"
        world.pending.add(upload)
    rounds = 0
    while True:
        yield "Read the lock"
        seen = world.lock
        if seen is not None and seen[1] not in (FREE, me):
            yield "Describe the holder"
            if seen[1] in world.running:
                return  # HandedOver
        yield "Take the lock"
        held = world.put_lock(me, seen[0] if seen else None)
        if held is None:
            continue
        while True:
            yield "List what waits"
            if not world.pending or rounds >= MOST_ROUNDS:
                break
            rounds += 1
            yield from job_run(world, me)
        yield "Release the lock"
        world.put_lock(FREE, held)
        yield "List what came meanwhile"
        if not world.pending:
            return
        if rounds >= MOST_ROUNDS:
            yield "Hand on"
            world.start()
            return


def job_run(world: World, me: str) -> Steps:
    """Silver: it looks at the lock, waits for earlier runs, and takes what waits, one after the other."""
    yield "Start the job run"
    world.glue_runs += 1
    while True:
        yield "Look at the lock and the other runs"
        if world.lock is None or world.lock[1] != me:
            raise AssertionError(f"{me} runs without the lock")  # NotLockedError: nobody lost it in the model
        if not world.writers:
            break
    world.writers[me] = True
    world.worst = max(world.worst, len(world.writers))
    for upload in sorted(world.pending):
        yield "Process an upload"
        world.done.append(upload)
        world.pending.discard(upload)
    del world.writers[me]
