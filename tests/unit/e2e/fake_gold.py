"""A connection to PostgreSQL that has one table's rows and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from psycopg.sql import Composed

from pipeline.contract.model import GoldTable


@dataclass
class FakeGold:
    """Connection and cursor in one: `asked` are the statements, `held` the most rows handed out at once."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    asked: list[str] = field(default_factory=list)
    held: int = 0

    description: list[Any] | None = None

    def execute(self, statement: Composed) -> FakeGold:
        self.asked.append(statement.as_string(None))
        self.description = [SimpleNamespace(name=column) for column in self.columns]
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        limit = self.asked[-1].partition(" limit ")[2]
        found = self.rows[: int(limit)] if limit else self.rows
        self.held = max(self.held, len(found))
        return found

    def fetchone(self) -> tuple[int]:
        return (len(self.rows),)

    def stream(self, statement: Composed) -> Iterator[tuple[Any, ...]]:
        self.asked.append(statement.as_string(None))
        for row in self.rows:
            self.held = max(self.held, 1)
            yield row

    def cursor(self) -> FakeGold:
        return self

    def __enter__(self) -> FakeGold:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def gold_table(sql: str) -> GoldTable:
    """The Gold table `t` with the key `k`; its columns are not looked at here."""
    table = GoldTable.__new__(GoldTable)
    object.__setattr__(table, "name", "t")
    object.__setattr__(table, "key", ("k",))
    object.__setattr__(table, "sql", sql)
    return table
