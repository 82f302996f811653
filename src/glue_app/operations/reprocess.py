"""`make reprocess`: uploads that are there already go through the pipeline again, in their order.

After a fix of a contract, another model, or a bug. They are put into the dataset's queue, all of them, and
whoever holds the dataset's lock takes them in the order of the uploads and loads Gold once. Here they are
followed. Killed at any point, the pipeline goes on by itself, and the same command follows it again: what is
done is told by the markers and by the record (``record``), what waits by the queue.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from glue_app.operations import show
from glue_app.operations.asking import agreed
from glue_app.operations.cost import cost
from glue_app.operations.currency import Currency
from glue_app.operations.deployment import Deployment
from glue_app.operations.errors import OperationError
from glue_app.operations.plan import Choice, Plan, plan
from glue_app.operations.queue import Queue
from glue_app.operations.record import Record
from glue_app.operations.source_versions import SourceVersion, listed, marker_key

Say = Callable[[str], None]


def reprocess(
    deployment: Deployment,
    dataset: str,
    choice: Choice,
    yes: bool,
    say: Say = print,
    wait: Callable[[float], None] = time.sleep,
) -> int:
    """Show what there is to do, and do it. Return 0 when all is done, 1 where something is left.

    Raises OperationError where it can't go on.
    """
    currency = Currency.of(deployment.contract(dataset), deployment)
    queue = Queue(deployment, dataset)
    if not queue.is_known():
        raise OperationError(
            "the deployed state machine has no queue: it is of an older glue-app", "make apply"
        )
    versions = listed(deployment, dataset)
    record = Record.read(deployment, dataset)
    if record is not None and record.goes_on(choice, currency):
        say(f"goes on with what was begun at {record.begun_at}")
        chosen = plan(versions, choice, currency, record.done(versions) if choice.force else ())
    else:
        if record is not None and record.finished_at is None:
            say(f"gives up the unfinished reprocess of {record.begun_at} ({record.choice or 'all'})")
        chosen = plan(versions, choice, currency)
        record = Record.new(choice, currency, chosen)
    for line in show.plan_lines(dataset, versions, chosen, cost(deployment, dataset, chosen, currency)):
        say(line)
    gold = queue.is_gold_due()
    if gold:
        say("  Gold    lacks what Silver has: it is loaded")
    if not chosen.items and not gold:
        return 0
    what = f"process {show.number(len(chosen.items), 'source version')}" if chosen.items else "load Gold"
    if not agreed(yes, f"{what}?", say):
        return 1
    record.write(deployment, dataset)
    return _Run(deployment, queue, currency, record, choice.force, say, wait).over(chosen)


@dataclass
class _Run:
    deployment: Deployment
    queue: Queue
    currency: Currency
    record: Record
    force: bool
    say: Say
    wait: Callable[[float], None]
    left: dict[str, SourceVersion] = field(default_factory=dict)
    """Name in the queue → what waits under it."""
    failed: int = 0

    def over(self, chosen: Plan) -> int:
        self._enqueue(chosen)
        self._follow(len(chosen.items), time.monotonic())
        if self.failed:
            self.say(f"{self.failed} of {len(chosen.items)} failed; the others are done")
            return 1
        self.record.finished().write(self.deployment, self.queue.dataset)
        done = f"{show.number(len(chosen.items), 'source version')} of {self.queue.dataset}, and Gold"
        self.say(f"done: {done if chosen.items else 'Gold is loaded'}")
        return 0

    def _enqueue(self, chosen: Plan) -> None:
        """Ask for what does not wait yet since an earlier attempt."""
        prefix, attempt = f"reprocess-{self.record.id}-", uuid.uuid4().hex[:6]
        there = {name.rpartition("-")[2]: name for name in self.queue.waiting() if name.startswith(prefix)}
        added = {}
        for item in chosen.items:
            short = f"{item.version.source.digest[:24]}.json"
            name = there.get(short) or f"{prefix}{attempt}-{short}"
            self.left[name] = item.version
            if short not in there:
                added[name] = item.version
        # a run that looks meanwhile is to find no upload without those that come after it
        self.queue.put(dict(reversed(added.items())), self.force)

    def _follow(self, of: int, begun: float) -> None:
        """Return when nothing of it waits, and Gold is loaded. Raises PipelineFailedError."""

        def is_over() -> bool:
            self._settle(of, begun)
            return not self.left and not self.queue.is_gold_due()

        self.queue.follow(f"reprocess-{self.record.id}", is_over, self.wait)

    def _settle(self, of: int, begun: float) -> None:
        """Tell of what waits no more."""
        waiting = self.queue.waiting()
        for name in [name for name in self.left if name not in waiting]:
            version = self.left.pop(name)
            problem = None if self._is_done(version) else self.queue.failure(name)
            self.failed += problem is not None
            nth = of - len(self.left)
            eta = show.duration((time.monotonic() - begun) / nth * len(self.left))
            self.say(show.progress(nth, of, version, problem, f"about {eta} left" if self.left else ""))

    def _is_done(self, version: SourceVersion) -> bool:
        key = marker_key(self.queue.dataset, version.source)
        marker = self.deployment.json(self.deployment.silver, key) or {}
        new = not self.force or marker.get("job_run_id") != version.run_id
        return new and self.currency.is_of_now(marker)
