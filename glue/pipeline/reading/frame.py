"""Raw records as a DataFrame: split by one task, spread over the executors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd
from pyspark.sql import DataFrame, SparkSession

from pipeline.reading.csv_file import CsvFile
from pipeline.reading.splitting import RawRecord

SCHEMA = "chunk int, line bigint, raw string, flaw string, spot int, repairs string"
_CHUNK_RECORDS = 2_000
_CHUNK_CHARACTERS = 4_000_000


def records(spark: SparkSession, file: CsvFile, partitions: int) -> DataFrame:
    """Return a DataFrame with one row a record: ``chunk`` and the fields of ``RawRecord``.

    Where a quoted cell ends is known only from the start of the file, so one task streams it and cuts it into
    records, in constant memory; everything after runs on ``partitions`` tasks. Nothing passes through the
    driver.
    """

    def read(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for batch in batches:
            for _ in range(len(batch)):
                yield from _frames(file.data_records())

    start = spark.range(0, 1, 1, numPartitions=1)
    raw = start.mapInPandas(read, SCHEMA)
    return raw if partitions <= 1 else raw.repartition(partitions, "chunk")


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
