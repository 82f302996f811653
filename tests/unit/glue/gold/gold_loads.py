"""Loads without Spark: rows as text, streamed as the test wants it; also as the target of another process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from unittest import mock

from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.gold import GoldOptions, GoldReport
from pipeline.gold.columns import GoldColumn
from pipeline.gold.compute import Computed
from pipeline.gold.connection import with_retries
from pipeline.gold.copy_text import Chunk, CopyText
from pipeline.gold.credentials import Credentials
from pipeline.gold.ledger import SourceVersion
from pipeline.gold.loader import _load
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


def slow(rows: Sequence[Row], between: Callable[[int], None]) -> Iterator[Chunk]:
    """COPY's text, ten rows a chunk; ``between`` is called before each chunk."""
    lines = [f"{key}\t{note}\n".encode() for key, note in rows]
    for index in range(-(-len(lines) // 10)):
        between(index)
        ten = lines[index * 10 : index * 10 + 10]
        yield Chunk(memoryview(b"".join(ten)), len(ten))


def load_rows(
    options: GoldOptions,
    rows: Sequence[Row],
    between: Callable[[int], None] = lambda chunk: None,
    versions: Sequence[SourceVersion] = VERSIONS,
) -> GoldReport:
    """What ``pipeline.gold.load`` does after Spark's part."""
    return load_computed(options, [Computed(TABLE, CopyText(lambda: slow(rows, between)))], versions)


def load_computed(
    options: GoldOptions,
    computed: Sequence[Computed],
    versions: Sequence[SourceVersion] = VERSIONS,
    contract: Contract = CONTRACT,
) -> GoldReport:
    """The same of tables as Spark would have computed them."""
    return with_retries(
        options, lambda connection: _load(connection, contract, computed, lambda: versions, options)
    )


def table(name: str, key: str, **columns: str) -> GoldTable:
    """A Gold table in ``public``: column name → PostgreSQL type."""
    return GoldTable(
        "public", name, (key,), tuple(GoldColumn(column, kind) for column, kind in columns.items())
    )


def _chunks(rows: Sequence[Sequence[Any]]) -> Iterator[Chunk]:
    for row in rows:
        yield Chunk(memoryview("\t".join(map(str, row)).encode() + b"\n"), 1)


def load_tables(
    options: GoldOptions, contract: Contract, rows: Mapping[GoldTable, Sequence[Sequence[Any]]]
) -> GoldReport:
    """Load finished rows into tables, with the views of ``contract``."""
    computed = [
        Computed(
            target,
            CopyText(partial(_chunks, lines)),
        )
        for target, lines in rows.items()
    ]
    return with_retries(
        options, lambda connection: _load(connection, contract, computed, lambda: VERSIONS, options)
    )


def load_and_hang(
    options: GoldOptions, credentials: Credentials, rows: Sequence[Row], reached: Any, merged: bool
) -> None:
    """Target of a process that is to be killed: stops for good in COPY; ``merged``: before the ledger."""

    def hang() -> None:
        reached.set()
        threading.Event().wait()

    class Versions(list[SourceVersion]):
        def __iter__(self) -> Iterator[SourceVersion]:
            hang()
            return super().__iter__()

    def between(chunk: int) -> None:
        if chunk == 2 and not merged:
            hang()

    with mock.patch("pipeline.gold.connection.fetch", return_value=credentials):
        load_rows(options, rows, between, Versions(VERSIONS))
