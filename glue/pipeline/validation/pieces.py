"""Batches between the JVM and Python that are bounded by their size.

Spark bounds an Arrow batch by its rows alone (``spark.sql.execution.arrow.maxRecordsPerBatch``), so that one
of long records would fill the memory. A long record passes in several rows, one behind the other, and is put
together again in Python: a batch has at most ``CHARACTERS`` times that many characters.

https://spark.apache.org/docs/3.3.0/api/python/user_guide/sql/arrow_pandas.html#setting-arrow-batch-size
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from pipeline.reading.splitting import RawRecord

CHARACTERS = 1 << 16
MORE = "more"
_CUT = f"""
    CASE WHEN length(raw) <= {CHARACTERS} THEN array(named_struct('raw', raw, '{MORE}', false))
    ELSE transform(
        sequence(0, (length(raw) - 1) div {CHARACTERS}),
        i -> named_struct(
            'raw', substring(raw, int(i * {CHARACTERS} + 1), {CHARACTERS}),
            '{MORE}', (i + 1) * {CHARACTERS} < length(raw)
        )
    ) END
"""


def in_pieces(records: DataFrame) -> DataFrame:
    """Return records with ``raw`` of ``CHARACTERS`` at most; ``more``: the next row goes on with it."""
    others = [name for name in RawRecord._fields if name != "raw"]
    rows = records.select(*others, f.explode(f.expr(_CUT)).alias("piece"))
    names = [f.col(name) if name in others else f.col(f"piece.{name}") for name in (*RawRecord._fields, MORE)]
    return rows.select(*names)


def whole(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the records that ``in_pieces`` cut; a record's pieces come one behind the other."""
    pieces: list[str] = []
    for batch in batches:
        more = batch.column(MORE)
        fields = pa.schema([batch.schema.field(name) for name in RawRecord._fields])
        if not pieces and not pc.any(more, min_count=0).as_py():
            yield pa.RecordBatch.from_arrays([batch.column(name) for name in fields.names], schema=fields)
            continue
        ends, raw = [], []
        for index, piece in enumerate(batch.column("raw").to_pylist()):
            pieces.append(piece)
            if not more[index].as_py():
                ends.append(index)
                raw.append("".join(pieces))
                pieces = []
        last = batch.take(pa.array(ends, pa.int64()))
        columns = [
            pa.array(raw, pa.string()) if name == "raw" else last.column(name) for name in fields.names
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=fields)
