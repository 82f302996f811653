"""Computed rows on their way to COPY: finished lines in Arrow's buffers, which go to the socket as they are.

One connection of the driver loads everything, because then everything is one transaction and a killed run
leaves nothing behind. Executors that load by themselves would need a stage that outlives their sessions: an
unlogged table, which a failover empties, to be cleaned after a kill and kept free of duplicates when a task
is retried. They would win little: one connection takes what Spark formats, and no Python worker is needed
this way (``benchmarks/gold_load.py`` has the ratios).

The text is computed before the transaction begins, so that the database never waits for Spark and a failover
repeats the transaction only. It is held in the driver's memory, as Gold's aggregates are small;
``spark.driver.maxResultSize`` bounds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame

from pipeline.gold.columns import copy_lines


@dataclass(frozen=True)
class CopyText:
    """The rows of one Gold table in COPY's text format."""

    chunks: Sequence[memoryview]
    rows: int

    @classmethod
    def of(cls, result: DataFrame) -> CopyText:
        """Compute ``result``, in the JVM alone."""
        # what toPandas() is made of, without the detour over Python strings; public in Spark 4 as toArrow()
        batches = copy_lines(result)._collect_as_arrow()
        return cls([*_buffers(batches)], sum(batch.num_rows for batch in batches))


def _buffers(batches: Sequence[Any]) -> Iterator[memoryview]:
    """Yield the lines of each batch: they lie end to end in one buffer, line ends included."""
    for batch in batches:
        lines = batch.column(0)
        if len(lines) > 0:
            _, offsets, data = lines.buffers()
            bounds = memoryview(offsets).cast("i")
            yield memoryview(data)[bounds[lines.offset] : bounds[lines.offset + len(lines)]]
