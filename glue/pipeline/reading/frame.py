"""Raw records as a DataFrame: a task for each range of the file's bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import pandas as pd
from pyspark.sql import DataFrame, SparkSession

from pipeline.reading.csv_file import CsvFile
from pipeline.reading.ranges import measure, placed, ranges_of, records_of
from pipeline.reading.splitting import RawRecord

SCHEMA = "chunk int, line bigint, raw string, flaw string, spot int, repairs string"
_CHUNK_RECORDS = 2_000
_CHUNK_CHARACTERS = 4_000_000


def records(spark: SparkSession, file: CsvFile, partitions: int) -> DataFrame:
    """Return a DataFrame with one row a record, the fields of ``RawRecord``.

    A large file is read by a task for each of its ranges (``ranges``), which an action has measured before.
    One that is small or can't be cut is streamed by one task, and its records go to ``partitions`` tasks.
    Either way in constant memory, and no record passes through the driver.
    """
    parts = ranges_of(file, partitions)
    if len(parts) == 1:
        whole = _read(spark, 1, lambda _: file.data_records())
        spread = whole if partitions <= 1 else whole.repartition(partitions, "chunk")
        return spread.drop("chunk")
    found = spark.sparkContext.parallelize(parts, len(parts)).map(partial(measure, file)).collect()
    places = list(placed(file, parts, found))
    return _read(spark, len(places), lambda index: records_of(file, places[index])).drop("chunk")


def _read(spark: SparkSession, tasks: int, of: Callable[[int], Iterable[RawRecord]]) -> DataFrame:
    def read(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for batch in batches:
            for index in batch["id"]:
                yield from _frames(of(index))

    return spark.range(0, tasks, 1, numPartitions=max(1, tasks)).mapInPandas(read, SCHEMA)


def _frames(found: Iterable[RawRecord]) -> Iterator[pd.DataFrame]:
    chunk: list[RawRecord] = []
    characters = number = 0
    for record in found:
        chunk.append(record)
        characters += len(record.raw)
        if len(chunk) >= _CHUNK_RECORDS or characters >= _CHUNK_CHARACTERS:
            yield _frame(number, chunk)
            chunk, characters, number = [], 0, number + 1
    if chunk:
        yield _frame(number, chunk)


def _frame(number: int, chunk: list[RawRecord]) -> pd.DataFrame:
    frame = pd.DataFrame(chunk, columns=list(RawRecord._fields))
    frame.insert(0, "chunk", number)
    return frame.astype({"raw": object, "flaw": object, "repairs": object})
