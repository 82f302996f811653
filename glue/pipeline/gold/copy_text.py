"""Computed rows on their way to COPY: finished lines in Arrow's buffers, which go to the socket as they are.

One connection of the driver loads everything, because then everything is one transaction and a killed run
leaves nothing behind. Executors that load by themselves would need a stage that outlives their sessions: an
unlogged table, which a failover empties, to be cleaned after a kill and kept free of duplicates when a task
is retried. They would win little: one connection takes what Spark formats, and no Python worker is needed
this way (``benchmarks/gold_load.py`` has the ratios).

The driver holds some partitions, and the next ones that Spark computes meanwhile. A load that starts again
computes again, but for the shuffles, whose files Spark has.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

from pyspark.rdd import RDD, _load_from_socket
from pyspark.serializers import NoOpSerializer
from pyspark.sql import DataFrame

from pipeline.gold.columns import copy_lines

_PARTITION_BYTES = 64 * 2**20
"""Of text. A result with more a partition is cut anew: that is a shuffle of all rows."""
_WAVE_BYTES = 2 * _PARTITION_BYTES
"""Of text, of the partitions that are computed at a time: well below spark.driver.maxResultSize."""
_UNMEASURED_BYTES = 8 * 2**20
"""Where Spark expects no more, as it is stored, the text is small enough however well it compresses."""


class Chunk(NamedTuple):
    """Some rows in COPY's text format."""

    lines: memoryview
    rows: int


@dataclass(frozen=True)
class CopyText:
    """The rows of one Gold table, computed each time they are asked for."""

    compute: Callable[[], Iterator[Chunk]]

    @classmethod
    def of(cls, result: DataFrame) -> CopyText:
        """Return the rows of ``result``, computed in the JVM alone."""
        return cls(lambda: _stream(result))

    def begin(self) -> Iterator[Chunk]:
        """Return the chunks when the first one is there: what comes before it may take Spark its time."""
        chunks = self.compute()
        return itertools.chain(list(itertools.islice(chunks, 1)), chunks)


def _batches(lines: Any) -> RDD[bytes]:
    # what toPandas() is made of
    return RDD(lines._jdf.toArrowBatchRdd().toJavaRDD(), lines.sparkSession.sparkContext, NoOpSerializer())


def _stream(result: DataFrame) -> Iterator[Chunk]:
    """Yield a partition at a time, without a detour over Python strings."""
    lines: Any = copy_lines(result)
    batches = _batches(lines)
    at_a_time = batches.ctx.defaultParallelism
    if int(str(lines._jdf.queryExecution().optimizedPlan().stats().sizeInBytes())) > _UNMEASURED_BYTES:
        text_bytes = _text_bytes(result, batches)
        partitions = -(-text_bytes // _PARTITION_BYTES)
        if partitions > batches.getNumPartitions():
            batches = _batches(copy_lines(result.repartition(partitions)))
        at_a_time = min(at_a_time, _at_a_time(text_bytes, batches.getNumPartitions()))
    for message in _collected(batches, at_a_time):
        batch = _read(message)
        if batch.num_rows:
            yield Chunk(_end_to_end(batch.column(0)), batch.num_rows)


def _text_bytes(result: DataFrame, batches: RDD[bytes]) -> int:
    """Estimate the size of all text: a row's in the first batch, 10,000 rows at most, times the rows.

    Spark's own estimate is of bytes as they are stored, where the same text again costs nothing.
    """
    # of the JVM's RDD: Python's would have the batch pass a Python worker
    for message in batches._jrdd.take(1):
        batch = _read(message)
        rows: int = result.count()
        measured: int = max(1, batch.num_rows)
        return len(_end_to_end(batch.column(0))) * rows // measured
    return 0


def _at_a_time(text_bytes: int, partitions: int) -> int:
    return max(1, _WAVE_BYTES * partitions // max(1, text_bytes))


def _read(message: bytes) -> Any:
    import pyarrow

    schema = pyarrow.schema([("line", pyarrow.string())])
    return pyarrow.ipc.read_record_batch(pyarrow.py_buffer(message), schema)


def _collected(batches: RDD[bytes], at_a_time: int) -> Iterator[bytes]:
    """Yield the messages in order; while those of some partitions are taken, the next ones are computed.

    ``toLocalIterator`` has two tasks compute at a time, however many executors there are.
    """
    spark: Any = batches.ctx
    partitions = range(batches.getNumPartitions())

    def collect(first: int) -> Iterator[bytes]:
        wave = spark._jvm.java.util.ArrayList()
        for number in partitions[first : first + at_a_time]:
            wave.append(number)
        served = spark._jvm.PythonRDD.runJob(spark._jsc.sc(), batches._jrdd, wave)
        # at once: the JVM waits 15 s for who takes it
        return iter(_load_from_socket(served, NoOpSerializer()))

    with ThreadPoolExecutor(1) as pool:
        firsts = iter(partitions[::at_a_time])
        following = [pool.submit(collect, first) for first in itertools.islice(firsts, 1)]
        while following:
            messages = following.pop().result()
            following = [pool.submit(collect, first) for first in itertools.islice(firsts, 1)]
            yield from messages


def _end_to_end(lines: Any) -> memoryview:
    """Return the lines of a batch: they lie end to end in one buffer, line ends included."""
    _, offsets, data = lines.buffers()
    bounds = memoryview(offsets).cast("i")
    return memoryview(data)[bounds[lines.offset] : bounds[lines.offset + len(lines)]]
