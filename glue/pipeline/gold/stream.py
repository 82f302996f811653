"""Computed rows on their way to COPY: from Spark to the driver in chunks of finished text.

One connection of the driver loads everything, because then everything is one transaction and a killed run
leaves nothing behind; what the executors could win by loading themselves, a stage that outlives them would
lose again. Measured (benchmarks/gold_load.py): lines picked up row by row are held up by pickling, chunks
made of Arrow's buffers are not. A chunk costs a Python worker, though, half a second to start: few rows go
without.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame

from pipeline.gold.columns import copy_lines

FEW_ROWS = 20_000
_CHUNK_LINES = 1_000


def _chunks(batches: Iterable[Any]) -> Iterator[Any]:
    """Arrow batches of lines → batches of one binary value: the lines lie end to end in Arrow's buffer."""
    import pyarrow as pa

    for batch in batches:
        lines = batch.column(0)
        if len(lines) == 0:
            continue
        _, offsets, data = lines.buffers()
        bounds = memoryview(offsets).cast("i")
        start, end = bounds[lines.offset], bounds[lines.offset + len(lines)]
        chunk = pa.py_buffer(data.slice(start, end - start))
        yield pa.RecordBatch.from_arrays([pa.array([chunk.to_pybytes()], pa.binary())], names=["chunk"])


@dataclass(frozen=True)
class CopyStream:
    """The rows of one Gold table, computed once and held by Spark until ``release``."""

    lines: DataFrame
    rows: int

    @classmethod
    def of(cls, rows: DataFrame) -> CopyStream:
        """Compute ``rows``. Outside any transaction: the database waits for no Spark stage."""
        lines = copy_lines(rows).persist(StorageLevel.MEMORY_AND_DISK)
        return cls(lines, lines.count())

    def chunks(self) -> Iterator[bytes]:
        """COPY's text; each call starts from the first row."""
        if self.rows == 0:
            return
        if self.rows <= FEW_ROWS:
            batch: list[str] = []
            for (line,) in self.lines.toLocalIterator(prefetchPartitions=True):
                batch.append(line)
                if len(batch) >= _CHUNK_LINES:
                    yield "".join(batch).encode()
                    batch.clear()
            yield "".join(batch).encode()
            return
        for (chunk,) in self.lines.mapInArrow(_chunks, "chunk binary").toLocalIterator(
            prefetchPartitions=True
        ):
            yield bytes(chunk)

    def release(self) -> None:
        """Let Spark forget the rows."""
        self.lines.unpersist()
