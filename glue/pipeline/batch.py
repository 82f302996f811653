"""A run of the step silver over all that waits of a dataset, one upload after the other in their order.

What is wrong with one upload is put beside, for the state machine to tell of, and the next one goes on. What
is not the upload's (Bedrock does not answer, S3 refuses) ends the run, and what waits stays. Where earlier
uploads have used up the run's time or its limits on cost, it ends well and leaves the others to the next.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
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
    RunsDiedError,
    UploadsFailedError,
    one_line,
)
from pipeline.waiting import Upload, Waiting

log = logging.getLogger(__name__)

_READERS = 16
_OF_EVERY_UPLOAD = (EnrichmentError, IncompatibleSchemaError, QualityRuleError, RecordKeyError)
"""A run that ends by one of these would end by it whatever the upload: that counts against none."""
JobOf = Callable[[Upload], silver.SilverJob]
Prepared = tuple[Upload, silver.SilverJob]


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
        """Return what there is to do, the earliest first; what was done by an earlier run is reported."""
        with ThreadPoolExecutor(_READERS) as askers:
            found = [one for one in askers.map(self._prepare, self.waiting.uploads()) if one is not None]
        return sorted(found, key=lambda one: one[1].position)

    def _prepare(self, upload: Upload) -> Prepared | None:
        try:
            job = self.job_of(upload)
            done = silver.marker.read(self.waiting.storage, job)
            if self._skipped(upload, job, done):
                return None
            return upload, replace(job, sequencer=silver.sequencer_of(job, self.waiting.storage, done))
        except ObjectRefusedError:
            self._count(upload)
            raise
        except PipelineError as error:
            self._failed(upload, error)
        return None

    def run(self, spark: SparkSession, todo: Sequence[Prepared]) -> None:
        gold_was_due = self.waiting.is_gold_due
        self.waiting.gold_is_due()
        begun = time.monotonic()
        for number, (upload, job) in enumerate(todo):
            if number and time.monotonic() - begun > self.seconds:
                log.info("%d uploads are left for the next run", len(todo) - number)
                break
            try:
                self._process(spark, upload, job)
            except LeftForNextRunError as error:
                if not (self.passed or self.failures):
                    raise
                log.info("%d uploads are left for the next run: %s", len(todo) - number, error)
                break
        if self.failures and not self.passed and not gold_was_due:
            self.waiting.gold_is_not_due()
        self.raise_if_all_failed()

    def _process(self, spark: SparkSession, upload: Upload, job: silver.SilverJob) -> None:
        if self._skipped(upload, job, silver.marker.read(self.waiting.storage, job)):
            return  # it waited twice, and came earlier in this run
        try:
            self.waiting.begin(upload)
            silver.run(spark, job, self.waiting.storage)
        except CostLimitError as error:  # the upload's: it needs more than a run may take
            spark.catalog.clearCache()
            self._failed(upload, error)
        except _OF_EVERY_UPLOAD:
            self.waiting.leave(upload)
            raise
        except Exception as error:
            if not _is_the_uploads(error):
                raise
            spark.catalog.clearCache()
            self._failed(upload, error)
        else:
            self._passed(upload)

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
    return isinstance(error, PipelineError) and not isinstance(error, ObjectRefusedError)


def _kinds(base: type[PipelineError]) -> Iterator[type[PipelineError]]:
    for kind in base.__subclasses__():
        if not issubclass(kind, (*_OF_EVERY_UPLOAD, ObjectRefusedError)):
            yield kind
            yield from _kinds(kind)
