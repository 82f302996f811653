"""What runs in Spark's Python workers: distinct texts are looked up in the cache, then the rest is asked.

An error that ends the run comes back as a row, not as an exception: Spark would retry the task and wrap the
message in a traceback of a hundred lines.
"""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyspark.sql import types as spark

from pipeline import reasons
from pipeline.backoff import Backoff, RetryBudget
from pipeline.enrichment import bedrock, cache, schema
from pipeline.enrichment.asking import Asker, Outcome
from pipeline.enrichment.errors import EnrichmentError
from pipeline.enrichment.gate import Address, gate_to
from pipeline.enrichment.limiter import Limiter
from pipeline.enrichment.options import EnrichmentOptions
from pipeline.enrichment.packing import Packer, Text
from pipeline.enrichment.partition import WINDOW, Partition, windows
from pipeline.enrichment.prompt import Prompt
from pipeline.enrichment.task import EnrichmentTask

FOUND = spark.StructType(
    [
        spark.StructField("key", spark.StringType()),  # of the text; null in a row of an error
        spark.StructField("text", spark.StringType()),  # null when nothing is to be asked about it
        spark.StructField("answer", spark.StringType()),  # JSON object, from the cache
        spark.StructField("reason", spark.StringType()),  # why there will be no answer
        spark.StructField("rows", spark.LongType()),
        spark.StructField("input_tokens", spark.LongType()),  # of the text and of its answer, estimated
        spark.StructField("output_tokens", spark.LongType()),
        spark.StructField("fatal", spark.StringType()),  # the error that ended this task's work
    ]
)
RESULT = spark.StructType(
    [
        spark.StructField("key", spark.StringType()),  # of the text; null in rows of a call or of an error
        spark.StructField("answer", spark.StringType()),  # JSON object
        spark.StructField("reason", spark.StringType()),  # why there is no answer
        spark.StructField("cached", spark.BooleanType()),
        spark.StructField("rows", spark.LongType()),
        spark.StructField("call_id", spark.StringType()),
        spark.StructField("input_tokens", spark.LongType()),
        spark.StructField("output_tokens", spark.LongType()),
        spark.StructField("fatal", spark.StringType()),  # the error that ended this task's work
    ]
)
Result = tuple[Any, ...]


@functools.lru_cache(
    maxsize=4
)  # a Python worker serves many tasks; a client takes a quarter of a second to make
def _clients(options: EnrichmentOptions, in_flight: int) -> tuple[bedrock.Converse, cache.S3]:
    return bedrock.connect(options, in_flight), cache.connect(options)


@dataclass(frozen=True)
class LookUpTask:
    """Picklable function for ``RDD.mapPartitions``: rows ``(key, text, rows)`` become rows of ``FOUND``.

    What this run itself has cached counts as not there: so a partition that Spark computes once more, after
    its texts were asked about, has the same rows again.
    """

    task: EnrichmentTask
    options: EnrichmentOptions

    def __call__(self, rows: Iterable[tuple[str, str, int]]) -> Iterator[Result]:
        s3 = _clients(self.options, 1)[1]
        try:
            yield from self.results((Text(*row) for row in rows), s3)
        except EnrichmentError as error:
            yield (None,) * 7 + (_told(error),)

    def results(self, texts: Iterable[Text], s3: cache.S3) -> Iterator[Result]:
        """Do the work itself, with the client as an argument."""
        prompt = Prompt(self.task, self.options.model_id)
        packer = Packer(self.options, self.task.properties, prompt.traits)
        check = schema.compile_check(self.task.answer)
        with cache.AnswerCache(s3, self.options, prompt.digest, check) as answers:
            for window in windows(texts, WINDOW):
                for text, entry in zip(window, answers.get_many([text.key for text in window]), strict=True):
                    if entry is not None and entry.run_id != self.options.run_id:
                        yield (text.key, None, _json(entry.answer), entry.error, text.rows, 0, 0, None)
                    elif packer.too_long(text):
                        reason = reasons.ENRICHMENT_TOO_LONG
                        yield (text.key, None, None, reason, text.rows, 0, 0, None)
                    else:
                        yield (text.key, text.value, None, None, text.rows, *packer.size(text), None)


@dataclass(frozen=True)
class PartitionTask:
    """Picklable function for ``RDD.mapPartitions``: rows ``(key, text, rows)`` become rows of ``RESULT``."""

    task: EnrichmentTask
    options: EnrichmentOptions
    in_flight: int
    limiter: Address | None = None
    """None: the task is alone and has a limiter of its own."""

    def __call__(self, rows: Iterable[tuple[str, str, int]]) -> Iterator[Result]:
        converse, s3 = _clients(self.options, self.in_flight)
        try:
            for result in self.results((Text(*row) for row in rows), converse, s3):
                yield _row(result)
        except EnrichmentError as error:
            yield (None,) * 8 + (_told(error),)

    def results(
        self, texts: Iterable[Text], converse: bedrock.Converse, s3: cache.S3
    ) -> Iterator[Outcome | cache.Call]:
        """Do the work itself, with the clients as arguments."""
        options = self.options
        stop = threading.Event()
        backoff = Backoff(deadline=options.deadline_seconds, sleep=stop.wait)
        prompt = Prompt(self.task, options.model_id)
        packer = Packer(options, self.task.properties, prompt.traits)
        check = schema.compile_check(self.task.answer)
        with (
            cache.AnswerCache(s3, options, prompt.digest, check) as answers,
            gate_to(self.limiter, Limiter(options, prompt.traits.burndown), stop) as gate,
        ):
            client = bedrock.Bedrock(converse, options, backoff, RetryBudget(options.retry_budget), gate)
            asker = Asker(prompt, client, packer, check, answers, options.run_id)
            yield from Partition(asker, packer, answers, options.run_id, self.in_flight, stop).run(texts)


def _told(error: EnrichmentError) -> str:
    return f"{type(error).__name__}: {error}"


def _json(answer: dict[str, Any] | None) -> str | None:
    return None if answer is None else json.dumps(answer, ensure_ascii=False)


def _row(result: Outcome | cache.Call) -> Result:
    if isinstance(result, cache.Call):
        return (None, None, None, None, None, result.id, result.input_tokens, result.output_tokens, None)
    entry = result.entry
    answer = _json(entry.answer)
    return (result.text.key, answer, entry.error, result.cached, result.text.rows, None, None, None, None)
