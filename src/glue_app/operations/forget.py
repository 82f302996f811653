"""`make forget`: a person's rows go out of Bronze, Silver, its history, quarantine, cache and Gold.

The order is docs/adr/0026's: Bronze first, so that nothing brings a row back; the pipeline then reads what
was written anew; a step of the job takes out what is left in the tables, and their past; then what S3 still
keeps of it, the model's answers, and Gold. At last everything is looked through again, and only where nothing
is found there is a certificate. Killed anywhere, the same command goes on.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from glue_app.operations import model_texts, person, show
from glue_app.operations.asking import agreed
from glue_app.operations.bronze_copies import Copies, Stored
from glue_app.operations.deployment import Deployment
from glue_app.operations.errors import OperationError, PipelineFailedError, UsageError
from glue_app.operations.forget_request import OUTSIDE, Request
from glue_app.operations.person import Found, Person
from glue_app.operations.queue import Queue
from glue_app.operations.source_versions import SourceVersion, listed, now, without_markers
from glue_app.operations.versions_of_objects import delete_all, delete_past
from pipeline.contract.model import Contract

Say = Callable[[str], None]
TABLES = ("silver", "aside", "quarantine")
_POLL_SECONDS = 5.0


def forget(
    deployment: Deployment,
    dataset: str,
    key: str,
    column: str,
    yes: bool,
    say: Say = print,
    wait: Callable[[float], None] = time.sleep,
) -> int:
    """Show what would go, and remove it. Return 0 when nothing is left, 1 where something is.

    Raises UsageError, OperationError.
    """
    contract = deployment.contract(dataset)
    who = Person.of(contract, key, column)
    if who.column.type.name not in ("string", "integer", "date"):
        raise UsageError("COLUMN= must be a text, a whole number or a day", "")
    queue = Queue(deployment, dataset)
    request = Request.unfinished(deployment, dataset)
    if request is not None and not request.is_of(who):
        raise OperationError(
            f"the request of {request.asked_at} is not done yet", "run its command again first"
        )
    if request is None and queue.waiting():
        raise OperationError(
            f"uploads of {dataset} wait to be processed", "run the same command when they are"
        )
    work = _Forgetting(deployment, contract, who, queue, say, wait)
    found = work.look()
    for line in person.lines_of(dataset, found):
        say(line)
    work.refuse_what_cannot_be_cut(found)
    if request is None:
        if not any(one.lines for one in found.files) and not any(found.tables.values()):
            say("nothing to remove")
            return 0
        say("what is not reached: " + "; ".join(OUTSIDE))
        if not agreed(yes, "remove them for good?", say):
            return 1
        request = Request.new(dataset, who)
        request.found = dict(found.tables)
    else:
        say(f"goes on with the request of {request.asked_at}")
    return work.carry_out(request, found)


@dataclass
class _Forgetting:
    deployment: Deployment
    contract: Contract
    who: Person
    queue: Queue
    say: Say
    wait: Callable[[float], None]

    def look(self) -> Found:
        versions = listed(self.deployment, self.contract.name)
        files = [
            person.in_file(self.deployment, self.contract, self.who, one) for one in versions if one.size
        ]
        return Found(files, person.in_tables(self.deployment, self.contract.name, self.who, files))

    def refuse_what_cannot_be_cut(self, found: Found) -> None:
        unclear = [one for one in found.files if one.unclear]
        if unclear:
            raise OperationError(
                f"the key stands in records of {len(unclear)} versions whose cells can't be told apart:"
                " no program may cut them",
                "upload corrected files, delete these versions, and run the same command",
            )

    def carry_out(self, request: Request, found: Found) -> int:
        deployment, dataset = self.deployment, self.contract.name
        request.texts = sorted({*request.texts, *self._texts(found)})
        request.write(deployment)
        self._bronze(request, found)
        failed = self._process(request)
        if not request.erased:
            request.gone = self._gone()
            request.write(deployment)
            self._erase(request)
            request.erased = True
            request.write(deployment)
        self.queue.follow(f"forget-{request.id}", lambda: not self.queue.is_gold_due(), self.wait)
        past = sum(delete_past(deployment, f"{name}/{dataset}/") for name in TABLES)
        answers = sum(delete_all(deployment, key) for key in model_texts.kept(deployment, request.texts))
        for what, count in (("versions of files of the tables", past), ("answers of the model", answers)):
            request.removed[what] = request.removed.get(what, 0) + count
        request.write(deployment)
        return self._certify(request, failed)

    def _texts(self, found: Found) -> set[str]:
        rows = person.texts_in_tables(self.deployment, self.contract, self.who)
        return {*rows, *(text for one in found.files for text in one.texts)}

    # ------------------------------------------------------------------ Bronze
    def _bronze(self, request: Request, found: Found) -> None:
        lines = {one.version.source.version_id: one.lines for one in found.files if one.lines}
        keys = {one.version.source.key for one in found.files if one.lines}
        keys |= {one["key"] for one in request.bronze.values()}
        hidden = person.deleted_objects(self.deployment, self.contract.name)
        request.deleted = sorted({*request.deleted, *(keys & hidden)})
        for one in found.files:
            if one.lines:  # written down before the first is: a copy has none of them any more
                told = {"key": one.version.source.key, "records": len(one.lines)}
                request.bronze[one.version.source.version_id] = told
        request.erased = request.erased and not lines
        request.write(self.deployment)
        copies = Copies(self.deployment, self.contract, request.id, lines)

        def going(old: Sequence[Stored]) -> None:
            for one in old:
                request.bronze.setdefault(one.source.version_id, {"key": one.source.key, "records": 0})
            request.write(self.deployment)

        for nth, key in enumerate(sorted(keys), start=1):
            copies.of_key(key, key in request.deleted, going)
            self.say(f"  ✓ {nth:>4}/{len(keys)}  {key}")

    def _process(self, request: Request) -> list[SourceVersion]:
        """Let the pipeline read what was written anew. Return what it refused, as it may have before."""
        keys = {one["key"] for one in request.bronze.values()}

        def old() -> list[SourceVersion]:
            versions = listed(self.deployment, self.contract.name)
            return [one for one in versions if one.source.key in keys and not one.is_in_silver]

        names = {f"forget-{request.id}-{one.source.digest[:24]}.json": one for one in old()}
        if names:
            self.queue.put(names, force=False)

            def is_over() -> bool:
                return not names.keys() & self.queue.waiting() and not self.queue.is_gold_due()

            self.queue.follow(f"forget-{request.id}", is_over, self.wait)
        return old() if names else []

    # ------------------------------------------------------------------ the tables
    def _gone(self) -> list[tuple[str, str]]:
        there = {
            (one.source.object_uri, one.source.version_id)
            for one in without_markers(self.deployment, self.contract.name)
        }
        return sorted(person.refused_versions(self.deployment, self.contract.name) - there)

    def _erase(self, request: Request) -> None:
        """Run the step forget of the job, which the state machine of the upkeep starts under the lock."""
        while self.queue.is_held():  # or the machine waits for minutes until it looks again
            self.wait(_POLL_SECONDS)
        machine = str(self.deployment.outputs["state_machine_arn"]).removesuffix("-pipeline") + "-maintenance"
        given = {"datasets": [self.contract.name], "task": {"step": "forget", "request": request.id}}
        arn = self.deployment.connect("stepfunctions").start_execution(
            stateMachineArn=machine,
            name=f"forget-{request.id}-{uuid.uuid4().hex[:12]}",
            input=json.dumps(given),
        )["executionArn"]
        while (ended := self.queue.ended(arn)) is None:
            self.wait(_POLL_SECONDS)
        if not ended.succeeded:
            remedy = "mend it and run the same command: it goes on"
            raise PipelineFailedError(self.contract.name, f"{ended.why} ({ended.arn})", remedy)

    # ------------------------------------------------------------------ the end
    def _certify(self, request: Request, failed: Sequence[SourceVersion]) -> int:
        """Look through everything again; what is left is told, and then there is no certificate."""
        found = self.look()
        left = {name: count for name, count in found.tables.items() if count}
        files = [one for one in found.files if one.lines or one.unclear]
        if left or files or self._gone():
            for line in person.lines_of(self.contract.name, found):
                self.say(line)
            raise OperationError("rows are there again, or still", "run the same command")
        unread = [one.version.source.uri for one in found.files if one.problem]
        verified: dict[str, Any] = {
            "at": now(),
            "source_versions_looked_into": len(found.files) - len(unread),
            "not_looked_into": unread,
            "not_processed": [one.source.uri for one in failed],
            "rows_found": 0,
            "tables_looked_into": list(found.tables),
        }
        certificate = request.certificate(verified)
        self.deployment.put_json(self.deployment.silver, request.key, certificate)
        delete_past(self.deployment, request.key)
        self._tell(certificate, request)
        return 1 if unread else 0

    def _tell(self, certificate: dict[str, Any], request: Request) -> None:
        records = sum(one["records"] for one in request.bronze.values())
        self.say(f"removed: {show.number(records, 'record')} of {len(request.bronze):,} versions in Bronze")
        for name, count in {**request.found, **request.removed}.items():
            self.say(f"         {name}: {count}")
        for name in ("not_looked_into", "not_processed"):
            for uri in certificate["verified"][name]:
                self.say(f"{name.replace('_', ' ')}: {uri}")
        self.say(f"certificate: s3://{self.deployment.silver}/{request.key}")
