"""Sequences of uploads, drawn: versions, corrections, duplicates, deletions, any order of delivery, kills."""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
START = datetime(2024, 6, 1, 12, 0, 0, tzinfo=timezone.utc)
BUCKET = "bronze"
DELETE = "D"


class Draw(Protocol):
    """Where choices come from: hypothesis, or a seeded generator."""

    def choice(self, options: Many[T]) -> T: ...

    def integer(self, least: int, most: int) -> int: ...


@dataclass(frozen=True)
class Rules:
    """The part of a contract that decides which rows there are."""

    kind: str
    mode: str
    scope: str = "object"
    sequenced: bool = False
    keep: str = "first"

    @property
    def name(self) -> str:
        scope = f" of {self.scope}" if self.mode == "snapshot" else ""
        return f"{self.kind} {self.mode}{scope}{' sequenced' if self.sequenced else ''} {self.keep}"


RULES = (
    Rules("columns", "upsert"),
    Rules("columns", "upsert", keep="last"),
    Rules("columns", "upsert", sequenced=True, keep="last"),
    Rules("columns", "snapshot"),
    Rules("columns", "snapshot", "dataset", keep="last"),
    Rules("columns", "cdc", keep="last"),
    Rules("columns", "cdc", sequenced=True, keep="last"),
    Rules("content", "snapshot"),
    Rules("content", "snapshot", "dataset"),
    Rules("content", "upsert"),
    Rules("line", "snapshot"),
    Rules("line", "snapshot", "dataset"),
)


@dataclass(frozen=True)
class Row:
    """One line. ``value`` None: the row is refused."""

    id: int
    value: str | None
    at: int = 0
    op: str = "U"


@dataclass(frozen=True)
class Upload:
    """One version of one object."""

    object: str
    version: str
    seconds: int
    sequencer: str
    rows: tuple[Row, ...]

    @property
    def key(self) -> str:
        return f"bronze/orders/{self.object}.csv"

    @property
    def uri(self) -> str:
        return f"s3://{BUCKET}/{self.key}"

    @property
    def modified_at(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Delivery:
    """``dies_after``: so many commits; None: it runs to its end."""

    upload: Upload
    dies_after: int | None = None


@dataclass(frozen=True)
class Sequence:
    """Every upload is delivered to its end at least once, as S3 promises and a redrive does."""

    uploads: tuple[Upload, ...]
    deliveries: tuple[Delivery, ...]


def sequence(draw: Draw, rules: Rules, uploads: int = 5, least: int = 1) -> Sequence:
    """Draw a sequence of ``least`` to ``uploads`` uploads."""
    made: list[Upload] = []
    for number in range(draw.integer(least, uploads)):
        rows = _again(draw, made) if made and draw.integer(0, 3) == 0 else _rows(draw, rules)
        made.append(
            Upload(
                object=draw.choice("ab"),
                version=f"v{number}",
                seconds=draw.integer(0, 1),
                # of different lengths, as S3's are; two uploads never have the same
                sequencer=f"00{draw.integer(0, 2)}{number:X}" + draw.choice(("", "0", "01")),
                rows=rows,
            )
        )
    pending = list(made)
    deliveries: list[Delivery] = []
    while pending:
        upload = pending.pop(draw.integer(0, len(pending) - 1))
        dies_after = draw.integer(0, 3) if draw.integer(0, 3) == 0 and len(deliveries) < 2 * uploads else None
        deliveries.append(Delivery(upload, dies_after))
        if dies_after is not None:
            pending.append(upload)
        elif draw.integer(0, 5) == 0 and len(deliveries) < 2 * uploads:
            pending.append(upload)  # at least once
    return Sequence(tuple(made), tuple(deliveries))


def _rows(draw: Draw, rules: Rules) -> tuple[Row, ...]:
    return tuple(_row(draw, rules) for _ in range(draw.integer(0, 4)))


def _row(draw: Draw, rules: Rules) -> Row:
    return Row(
        id=draw.integer(1, 3),
        value=draw.choice(("x", "y", "x", "y", None)),
        at=draw.integer(0, 2) if rules.sequenced else 0,
        op=draw.choice("UUID") if rules.mode == "cdc" else "U",
    )


def _again(draw: Draw, made: list[Upload]) -> tuple[Row, ...]:
    """The rows of an earlier upload: all, or all but one."""
    rows = draw.choice(made).rows
    without = draw.integer(0, 2 * len(rows))
    return tuple(row for number, row in enumerate(rows) if number != without)


def seeded(random: Any) -> Draw:
    """Choices of a ``random.Random``."""

    class Seeded:
        def choice(self, options: Many[T]) -> T:
            chosen: T = random.choice(options)
            return chosen

        def integer(self, least: int, most: int) -> int:
            return int(random.randint(least, most))

    return Seeded()
