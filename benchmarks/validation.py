"""Rows a CPU second that the check of records takes, in the JVM and in its Python workers together.

    PYTHONPATH=glue:.:.tools/job-modules/4.0 .tools/glue-4.0/bin/python -m benchmarks.validation [rows ...]

Each size is measured once; a rate is the slope between sizes, so that the start of the JVM, of the workers
and of the compiler is no part of it. CPU seconds hardly depend on the machine's other work, unlike seconds.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from pyspark import StorageLevel
from pyspark.sql import SparkSession

from benchmarks.figure import Figure
from pipeline.contract.loader import load_contract
from pipeline.delta import DeltaTable
from pipeline.reading import open_csv
from pipeline.reading.frame import records
from pipeline.session import SETTINGS
from pipeline.silver import SilverJob, accounting, step
from pipeline.silver.state import State
from pipeline.source import SourceObject
from pipeline.storage import SourceFacts
from pipeline.uploads.positions import Positions
from pipeline.validation.frame import parse
from pipeline.validation.record_check import RecordCheck
from tests.support.file_bodies import FileBody

SIZES = (10_000, 100_000, 300_000)
DIRTY = (0.0, 0.01, 0.3)
GOAL = "20,000"
_KEPT = StorageLevel.MEMORY_AND_DISK
_TICKS = os.sysconf("SC_CLK_TCK")
CONTRACT = """
title: Orders
columns:
  - {name: order_id, type: string, required: true, pattern: 'O-\\d{8}'}
  - {name: ordered_at, type: timestamp, required: true, timezone: Asia/Tokyo}
  - {name: day, type: date, formats: ["%Y-%m-%d", "%Y/%m/%d"], min: "2000-01-01"}
  - {name: amount, type: "decimal(12,2)", min: 0}
  - {name: quantity, type: integer, min: 1, max: 1000}
  - {name: weight, type: double}
  - {name: paid, type: boolean}
  - {name: status, type: string, enum: [open, sent, done]}
  - {name: buyer, type: string, max_length: 40}
  - {name: note, type: string, nulls: ["-"]}
record_key: [order_id]
quality:
  rules:
    - {name: done_is_paid, sql: "status <> 'done' OR paid"}
"""
_DIRT = ('"say ""x"""', "１２", " ", "x,y", "2024-02-30")
_NAMES = ("Ann Carter", "山田 太郎", "José Álvarez", "Bo Li", "佐藤花子")


def main(*sizes: int) -> None:
    """Print the figures."""
    sizes = sizes or SIZES
    with tempfile.TemporaryDirectory() as folder, _spark(folder) as spark:
        _measure(spark, Path(folder), sizes[0], 0.3)  # compiles what comes
        for dirty in DIRTY:
            found = [_measure(spark, Path(folder), rows, dirty) for rows in sizes]
            for name, index in (("check", 0), ("read, check and duplicates", 1)):
                seconds = [one[index] for one in found]
                rate = (sizes[-1] - sizes[0]) / (seconds[-1] - seconds[0])
                slopes = [
                    (more - less) / (at - before) * 1e6
                    for more, less, at, before in zip(seconds[1:], seconds, sizes[1:], sizes, strict=False)
                ]
                told = " to ".join(f"{slope:.0f}" for slope in slopes)
                title = f"validation, {name}, {dirty:.0%} dirty: rows a CPU second"
                print(Figure(title, f"{rate:,.0f} ({told} s a million)", GOAL).line(), flush=True)


@contextmanager
def _spark(folder: str) -> Iterator[SparkSession]:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    settings = {"spark.sql.shuffle.partitions": "4", "spark.local.dir": folder, **SETTINGS}
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    yield spark
    spark.stop()


def _measure(spark: SparkSession, folder: Path, rows: int, dirty: float) -> tuple[float, float]:
    """CPU seconds of ``parse`` over records in memory, and of the step before the model."""
    path = folder / "orders.csv"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_lines(rows, dirty))
    contract = load_contract(CONTRACT, "orders.yaml")
    body = FileBody(str(path), 1 << 20)
    job = SilverJob(
        contract=contract,
        source=SourceObject("bronze", "bronze/orders/orders.csv", "v1"),
        facts=SourceFacts(path.stat().st_size, datetime(2026, 1, 1, tzinfo=timezone.utc)),
        body=body,
        bucket="silver",
        lake=str(folder),
        job_run_id="jr_1",
        started_at=datetime.now(timezone.utc),
    )
    file_ = open_csv(body, contract)
    raw = records(spark, file_, 4).persist(_KEPT)
    assert raw.count() == rows
    check = RecordCheck(contract, file_.header, job.source.object_uri)
    alone = _cpu(lambda: parse(raw, contract, check).write.format("noop").mode("overwrite").save())
    raw.unpersist(blocking=True)
    silver, aside = (DeltaTable(spark, f"{folder}/{name}") for name in ("silver", "aside"))
    state = State(job, silver, aside, Positions())

    def whole() -> None:
        parsed = step._parsed(spark, job, file_).persist(_KEPT)
        checked = step._checked(job, parsed, state).persist(_KEPT)
        accounting.count_by_reason(checked)
        parsed.unpersist(blocking=True)
        checked.unpersist(blocking=True)

    return alone, _cpu(whole)


def _lines(rows: int, dirty: float) -> Iterator[str]:
    draw = random.Random(15)  # noqa: S311
    yield "order_id,ordered_at,day,amount,quantity,weight,paid,status,buyer,note\n"
    for number in range(rows):
        day = f"2024-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
        clock = f"{number % 24:02d}:{number % 60:02d}:{number // 60 % 60:02d}"
        cells = [
            f"O-{number:08d}",
            f"{day} {clock}",
            day,
            f"{draw.randrange(10**7) / 100:.2f}",
            str(draw.randint(1, 1000)),
            f"{draw.random() * 100:.4f}",
            draw.choice(("true", "false", "yes", "0")),
            draw.choice(("open", "sent")),
            draw.choice(_NAMES),
            draw.choice(
                ("", "-", "arrived late and in a box that was too large", "問題ありません。ありがとう")
            ),
        ]
        if draw.random() < dirty:
            cells[draw.randrange(1, len(cells))] = draw.choice(_DIRT)
        yield ",".join(cells) + "\n"


def _cpu(work: Callable[[], object]) -> float:
    before = _used(os.getpid())
    work()
    return _used(os.getpid()) - before


def _used(root: int) -> float:
    """CPU seconds of a process and its children, the ended ones as well."""
    ticks: dict[int, tuple[int, int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        ticks[int(path.parent.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    family = {root}
    while more := {pid for pid, (parent, _) in ticks.items() if parent in family} - family:
        family |= more
    return sum(used for pid, (_, used) in ticks.items() if pid in family) / _TICKS


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
