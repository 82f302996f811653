"""Computed rows on their way to COPY: from Spark to the driver in chunks of finished text.

One connection of the driver loads everything, because then everything is one transaction and a killed run
leaves nothing behind. Executors that load by themselves would need a stage that outlives their sessions: an
unlogged table, which a failover empties, to be cleaned after a kill, and to be filled without duplicates by
tasks that are retried. They would win little: one connection takes what Spark formats
(benchmarks/gold_load.py has the ratios).

Lines that Python picks up one by one are held up by pickling; chunks cut from Arrow's buffers are not, but
need Python workers, a second to start. So a small Silver goes line by line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pyspark.sql import DataFrame

from pipeline.gold.columns import copy_lines

FEW_ROWS = 20_000
_LINES_A_CHUNK = 1_000


def _from_arrow(batches: Iterable[Any]) -> Iterator[Any]:
    """Runs on the executors: batches of lines → one row of all their bytes and their number.

    The lines lie end to end in Arrow's buffer, line ends included: it is COPY's text as it stands.
    """
    import pyarrow as pa

    for batch in batches:
        lines = batch.column(0)
        if len(lines) == 0:
            continue
        _, offsets, data = lines.buffers()
        bounds = memoryview(offsets).cast("i")
        start, end = bounds[lines.offset], bounds[lines.offset + len(lines)]
        chunk = pa.array([data.slice(start, end - start).to_pybytes()], pa.binary())
        yield pa.RecordBatch.from_arrays(
            [chunk, pa.array([len(lines)], pa.int64())], names=["chunk", "lines"]
        )


@dataclass
class Chunks:
    """An iterator of COPY's text; ``rows`` counts the rows of the chunks handed out so far."""

    source: Iterator[tuple[bytes, int]]
    rows: int = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk, rows in self.source:
            self.rows += rows
            yield chunk


@dataclass(frozen=True)
class CopyStream:
    """The rows of one Gold table. ``few``: Silver is small enough to do without Python workers."""

    result: DataFrame
    few: bool

    def open(self) -> Chunks:
        """Compute the rows, from the first on; returns when the first chunk is there.

        That is after the SQL's aggregation: what the database waits for afterwards is formatting only.
        """
        source = self._few() if self.few else self._many()
        first = list(islice(source, 1))
        return Chunks(_chain(first, source))

    def _many(self) -> Iterator[tuple[bytes, int]]:
        chunks = copy_lines(self.result).mapInArrow(_from_arrow, "chunk binary, lines bigint")
        for chunk, lines in chunks.toLocalIterator(prefetchPartitions=True):
            yield bytes(chunk), lines

    def _few(self) -> Iterator[tuple[bytes, int]]:
        lines = (line for (line,) in copy_lines(self.result).toLocalIterator(prefetchPartitions=True))
        while batch := list(islice(lines, _LINES_A_CHUNK)):
            yield "".join(batch).encode(), len(batch)


def _chain(first: list[tuple[bytes, int]], rest: Iterator[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    yield from first
    first.clear()
    yield from rest
