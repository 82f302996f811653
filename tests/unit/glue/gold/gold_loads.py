"""Loads without Spark: rows as text, streamed as the test wants it; also as the target of another process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from unittest import mock

from pipeline.contract import Contract, load_contract
from pipeline.gold import GoldOptions, GoldReport
from pipeline.gold.columns import GoldColumn
from pipeline.gold.compute import Computed
from pipeline.gold.connection import with_retries
from pipeline.gold.credentials import Credentials
from pipeline.gold.ledger import SourceVersion
from pipeline.gold.loader import _load
from pipeline.gold.stream import Chunks
from pipeline.gold.table import GoldTable

HEAD = """
title: Orders
columns:
  - {name: order_id, type: integer, required: true}
  - {name: note, type: string}
record_key: [order_id]
"""
TABLE = GoldTable(
    "public", "orders", ("order_id",), (GoldColumn("order_id", "bigint"), GoldColumn("note", "text"))
)
VERSIONS = [SourceVersion("s3://bronze/orders.csv", "v1", 3)]


def contract_of(gold: str, name: str = "orders") -> Contract:
    """A contract with the YAML of its Gold tables."""
    return load_contract(f"{HEAD}gold:\n{gold}", f"{name}.yaml")


CONTRACT = contract_of('  - {name: orders, key: [order_id], sql: "SELECT order_id, note FROM silver"}\n')

Row = tuple[int, str]


class FakeStream:
    """Stands for CopyStream; ``between`` is called before each chunk of ten rows."""

    def __init__(self, rows: Sequence[Row], between: Callable[[int], None] = lambda chunk: None) -> None:
        self._rows = rows
        self._between = between

    def open(self) -> Chunks:
        return Chunks(self._chunks())

    def _chunks(self) -> Iterator[tuple[bytes, int]]:
        for start in range(0, len(self._rows), 10):
            self._between(start // 10)
            part = self._rows[start : start + 10]
            yield "".join(f"{key}\t{note}\n" for key, note in part).encode(), len(part)


def load_rows(
    options: GoldOptions,
    rows: Sequence[Row],
    between: Callable[[int], None] = lambda chunk: None,
    versions: Iterable[SourceVersion] = VERSIONS,
) -> GoldReport:
    """What ``pipeline.gold.load`` does after Spark's part."""
    computed: Any = [Computed(TABLE, FakeStream(rows, between))]  # type: ignore[arg-type]
    return with_retries(
        options, lambda connection: _load(connection, CONTRACT, computed, list(versions), options)
    )


def load_and_hang(options: GoldOptions, credentials: Credentials, rows: Sequence[Row], reached: Any) -> None:
    """Target of a process that is to be killed: stops for good in the middle of COPY."""

    def between(chunk: int) -> None:
        if chunk == 2:
            reached.set()
            threading.Event().wait()

    with mock.patch("pipeline.gold.connection.fetch", return_value=credentials):
        load_rows(options, rows, between)
