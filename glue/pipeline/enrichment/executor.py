"""What runs in Spark's Python workers: rows of distinct texts in, rows of results out."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyspark.sql import types as spark

from pipeline.backoff import Backoff, RetryBudget
from pipeline.enrichment import bedrock, cache, schema
from pipeline.enrichment.asking import Asker, Outcome
from pipeline.enrichment.errors import EnrichmentError
from pipeline.enrichment.options import EnrichmentOptions
from pipeline.enrichment.packing import Packer, Text
from pipeline.enrichment.partition import Partition
from pipeline.enrichment.prompt import Prompt
from pipeline.enrichment.task import EnrichmentTask

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
class PartitionTask:
    """Picklable function for ``RDD.mapPartitions``; rows are ``(key, text, rows)``.

    An error that ends the run comes back as a row, not as an exception: Spark would retry the task and wrap
    the message in a traceback of a hundred lines.
    """

    task: EnrichmentTask
    options: EnrichmentOptions
    in_flight: int

    def __call__(self, rows: Iterable[tuple[str, str, int]]) -> Iterator[Result]:
        converse, s3 = _clients(self.options, self.in_flight)
        try:
            for result in self.results((Text(*row) for row in rows), converse, s3):
                yield _row(result)
        except EnrichmentError as error:
            yield (None, None, None, None, None, None, None, None, f"{type(error).__name__}: {error}")

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
        with cache.AnswerCache(s3, options, prompt.digest, check) as answers:
            client = bedrock.Bedrock(converse, options, backoff, RetryBudget(options.retry_budget))
            asker = Asker(prompt, client, packer, check, answers, options.run_id)
            yield from Partition(asker, packer, answers, options.run_id, self.in_flight, stop).run(texts)


def _row(result: Outcome | cache.Call) -> Result:
    if isinstance(result, cache.Call):
        return (None, None, None, None, None, result.id, result.input_tokens, result.output_tokens, None)
    entry = result.entry
    answer = None if entry.answer is None else json.dumps(entry.answer, ensure_ascii=False)
    return (result.text.key, answer, entry.error, result.cached, result.text.rows, None, None, None, None)
