"""`make reprocess`: uploads that are there already go through the pipeline again, in their order, one by one.

After a fix of a contract, another model, or a bug. Which are done is told by their markers and by the record
(``record``), so it can be killed at any point, and the same command goes on. An upload that was in Silver and
fails now ends the command: those after it wait. One that was never in Silver has failed before; it is told,
and the next one follows, as it did then.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from glue_app.operations import show
from glue_app.operations.asking import agreed
from glue_app.operations.cost import cost
from glue_app.operations.currency import Currency
from glue_app.operations.deployment import Deployment
from glue_app.operations.errors import OperationError, PipelineFailedError
from glue_app.operations.executions import POLL_SECONDS, Pipeline
from glue_app.operations.plan import Choice, Item, Plan, plan
from glue_app.operations.record import Record
from glue_app.operations.source_versions import listed, marker_key

Say = Callable[[str], None]
_QUEUE_SECONDS = 7200.0
"""How long an upload may wait in its dataset's queue after its execution has ended."""


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
    contract = deployment.contract(dataset)
    currency = Currency.of(contract, deployment)
    pipeline = Pipeline(deployment, wait)
    if choice.force and not pipeline.takes_force():
        raise OperationError("the deployed state machine does not pass on FORCE=1", "make apply")
    versions = listed(deployment, dataset)
    record = Record.read(deployment, dataset)
    done: set[str] = set()
    if record is not None and record.goes_on(choice, currency):
        say(f"goes on with what was begun at {record.begun_at}")
        done = record.done(versions) if choice.force else set()
        chosen = plan(versions, choice, currency, done, record.under_way)
    else:
        if record is not None and record.finished_at is None:
            say(f"gives up the unfinished reprocess of {record.begun_at} ({record.choice or 'all'})")
        chosen = plan(versions, choice, currency)
        record = Record.new(choice, currency, chosen)
    for line in show.plan_lines(dataset, versions, chosen, cost(deployment, dataset, chosen, currency)):
        say(line)
    if not chosen.items:
        return 0
    if not agreed(yes, f"process {show.number(len(chosen.items), 'source version')}?", say):
        return 1
    record.write(deployment, dataset)
    return _Run(deployment, dataset, currency, pipeline, record, choice.force, say, wait).over(chosen)


@dataclass
class _Run:
    deployment: Deployment
    dataset: str
    currency: Currency
    pipeline: Pipeline
    record: Record
    force: bool
    say: Say
    wait: Callable[[float], None]

    def over(self, chosen: Plan) -> int:
        failed = 0
        begun = time.monotonic()
        for nth, item in enumerate(chosen.items, 1):
            started = time.monotonic()
            problem = self._process(item)
            failed += problem is not None
            mean = (time.monotonic() - begun) / nth
            left = show.duration(mean * (len(chosen.items) - nth))
            took = f"{time.monotonic() - started:.1f} s, about {left} left" if nth < len(chosen.items) else ""
            self.say(show.progress(nth, len(chosen.items), item.version, problem, took))
        if failed:
            self.say(f"{failed} of {len(chosen.items)} failed, as before; the others are done")
            return 1
        self.record.finished().write(self.deployment, self.dataset)
        self.say(f"done: {show.number(len(chosen.items), 'source version')} of {self.dataset}")
        return 0

    def _process(self, item: Item) -> str | None:
        """Return what went wrong with an upload that was never in Silver. Raises PipelineFailedError."""
        version = item.version
        digest = version.source.digest
        self.record = self.record.with_under_way(digest)
        self.record.write(self.deployment, self.dataset)
        stem = f"reprocess-{self.record.id}-{digest[:24]}"
        ended = self.pipeline.process(stem, version.event(self.force))
        if ended.succeeded and self._is_done(item):
            self.record = self.record.with_under_way(None)
            self.record.write(self.deployment, self.dataset)
            return None
        why = ended.why or "the execution ended, but the upload is not in Silver"
        if version.is_in_silver or self._is_done(item, patience=0):  # in Silver now: Gold has failed
            raise PipelineFailedError(
                version.source.uri,
                f"{why} ({ended.arn})",
                f"mend it and run the same command: it goes on here. Without this upload: SINCE= a time"
                f" after {version.modified_at:%Y-%m-%dT%H:%M:%SZ}",
            )
        self.record = self.record.with_under_way(None)
        self.record.write(self.deployment, self.dataset)
        return why

    def _is_done(self, item: Item, patience: float = _QUEUE_SECONDS) -> bool:
        """Whether the job says so: the execution may only have put the upload into its dataset's queue."""
        key = marker_key(self.dataset, item.version.source)
        left = patience
        told = False
        while True:
            marker = self.deployment.json(self.deployment.silver, key) or {}
            is_of_now = self.currency.is_of_now(marker)
            if is_of_now and (not self.force or marker.get("job_run_id") != item.version.run_id):
                return True
            if left <= 0:
                return False
            if not told:
                self.say("        its execution has ended; it waits in its dataset's queue")
            told = True
            self.wait(POLL_SECONDS)
            left -= POLL_SECONDS
