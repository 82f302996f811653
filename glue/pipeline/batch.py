"""A run of the step silver over all that waits of a dataset, one upload after the other in their order
(those that come again in the order of ``uploads.redelivery``).

What is wrong with one upload is put beside, for the state machine to tell of, and the next one goes on. What
is not the upload's (Bedrock does not answer, S3 refuses) ends the run, and what waits stays. Where earlier
uploads have used up the run's time or its limits on cost, it ends well and leaves the others to the next.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession
from pyspark.sql.utils import CapturedException

from pipeline import silver
from pipeline.contract.model import Contract
from pipeline.enrichment.errors import CostLimitError, EnrichmentError, LeftForNextRunError
from pipeline.errors import (
    IncompatibleSchemaError,
    ObjectRefusedError,
    PipelineError,
    QualityRuleError,
    RecordKeyError,
    RowAccountingError,
    RunsDiedError,
    UploadsFailedError,
    one_line,
)
from pipeline.reasons import SUPERSEDED
from pipeline.uploads import redelivery
from pipeline.waiting import Upload, Waiting

log = logging.getLogger(__name__)

_READERS = 16
_OF_EVERY_UPLOAD = (EnrichmentError, IncompatibleSchemaError, QualityRuleError, RecordKeyError)
"""A run that ends by one of these would end by it whatever the upload: that counts against none."""
_NOT_THE_UPLOADS = (*_OF_EVERY_UPLOAD, ObjectRefusedError)
JobOf = Callable[[Upload], silver.SilverJob]


@dataclass(frozen=True)
class Prepared:
    """An upload that there is something to do for. ``was_there``: a run over it went through before."""

    upload: Upload
    job: silver.SilverJob
    was_there: bool


def work(
    waiting: Waiting, contract: Contract, job_of: JobOf, seconds: float
) -> Callable[[SparkSession], None] | None:
    """Return what is left once there is a Spark session, None where nothing is.

    seconds: after which no further upload is begun. Raises ObjectRefusedError, and where every upload failed
    the error of the one, or UploadsFailedError.
    """
    batch = _Batch(waiting, job_of, seconds)
    todo = batch.prepared()
    if batch.passed and not waiting.is_loaded(contract):
        waiting.gold_is_due()  # the same file again, after a change of the contract's Gold
    if not todo:
        batch.raise_if_all_failed()
        return None
    return lambda spark: batch.run(spark, todo)


@dataclass
class _Batch:
    waiting: Waiting
    job_of: JobOf
    seconds: float
    passed: list[Upload] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def prepared(self) -> list[Prepared]:
        """Return what there is to do, in order; what was done by an earlier run is reported."""
        with ThreadPoolExecutor(_READERS) as askers:
            found = [one for one in askers.map(self._prepare, self.waiting.uploads()) if one is not None]
        firsts = [one for one in found if not one.upload.once_more]
        ordered = redelivery.order(firsts, lambda one: one.job.position, lambda one: one.was_there)
        return [*ordered, *(one for one in found if one.upload.once_more)]

    def _prepare(self, upload: Upload) -> Prepared | None:
        try:
            job = self.job_of(upload)
            done = silver.marker.read(self.waiting.storage, job)
            if self._skipped(upload, job, done):
                return None
            job = replace(job, sequencer=silver.sequencer_of(job, self.waiting.storage, done))
            return Prepared(upload, job, was_there=silver.marker.is_in_silver(done))
        except ObjectRefusedError:
            self._count(upload)
            raise
        except PipelineError as error:
            self._failed(upload, error)
        return None

    def run(self, spark: SparkSession, prepared: Sequence[Prepared]) -> None:
        gold_was_due = self.waiting.is_gold_due
        self.waiting.gold_is_due()
        begun = time.monotonic()
        todo = deque(prepared)
        for number in count():
            if not todo or (number and time.monotonic() - begun > self.seconds):
                break
            one = todo.popleft()
            try:
                again = self._process(spark, one)
            except LeftForNextRunError as error:
                if not number:  # it had the whole run
                    raise
                log.info("%s", error)
                todo.appendleft(one)
                break
            todo += [again] if again else []
        if todo:
            log.info("%d uploads are left for the next run", len(todo))
        wrote = self.passed or any(isinstance(error, RowAccountingError) for error in self.failures)
        if not wrote and not gold_was_due:
            self.waiting.gold_is_not_due()
        self.raise_if_all_failed()

    def _process(self, spark: SparkSession, one: Prepared) -> Prepared | None:
        """Return it where it has to come once more, when all that wait have come."""
        upload, job = one.upload, one.job
        if self._skipped(upload, job, silver.marker.read(self.waiting.storage, job)):
            return None  # it waited twice, and came earlier in this run
        try:
            self.waiting.begin(upload)
            report = silver.run(spark, job, self.waiting.storage)
        except Exception as error:
            if not _is_the_uploads(error):
                if isinstance(error, _OF_EVERY_UPLOAD):
                    self.waiting.leave(upload)
                raise
            spark.catalog.clearCache()
            self._failed(upload, error)
        else:
            superseded = report.content["quarantine_reasons"].get(SUPERSEDED, 0)
            first = one.was_there and not upload.once_more
            if first and redelivery.comes_once_more(job.contract.changes, superseded):
                return Prepared(self.waiting.once_more(upload), replace(job, force=True), was_there=True)
            self._passed(upload)
        return None

    def _skipped(self, upload: Upload, job: silver.SilverJob, done: Mapping[str, Any]) -> bool:
        if silver.skip(job, self.waiting.storage, done) is None:
            return False
        self._passed(upload)
        return True

    def _count(self, upload: Upload) -> None:
        try:
            self.waiting.begin(upload)
        except RunsDiedError as error:
            self._failed(upload, error)

    def _passed(self, upload: Upload) -> None:
        self.waiting.done(upload)
        self.passed.append(upload)

    def _failed(self, upload: Upload, error: Exception) -> None:
        self.waiting.fail(upload, error)
        self.failures.append(error)

    def raise_if_all_failed(self) -> None:
        if not self.failures or self.passed:
            return
        if len(self.failures) == 1:
            raise self.failures[0]
        raise UploadsFailedError([f"{type(error).__name__}: {error}" for error in self.failures])


def _is_the_uploads(error: Exception) -> bool:
    """Tell whether the file is the cause, on the driver or on an executor."""
    if isinstance(error, Py4JJavaError | CapturedException):
        return one_line(error).partition(":")[0] in {kind.__name__ for kind in _kinds(PipelineError)}
    if isinstance(error, CostLimitError):  # it needs more than a run may take
        return True
    return isinstance(error, PipelineError) and not isinstance(error, _NOT_THE_UPLOADS)


def _kinds(base: type[PipelineError]) -> Iterator[type[PipelineError]]:
    for kind in base.__subclasses__():
        if not issubclass(kind, _NOT_THE_UPLOADS):
            yield kind
            yield from _kinds(kind)
