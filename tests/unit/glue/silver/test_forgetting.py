"""The step forget: one person's rows leave the tables and their past; killed and repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.delta import DeltaTable
from pipeline.errors import ForeignFilesError
from pipeline.silver import forgetting
from pipeline.silver.forgetting import ForgettingJob, Request
from pipeline.storage import Storage
from tests.support.fake_s3 import FakeS3

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AYA = "Aya-7731"
SALT = "pepper"
ROWS = "id string, amount int, buyer string, _source string"
OLD = ("s3://bronze/bronze/orders/old.csv", "v0")


class KilledError(BaseException):
    """Stands for SIGKILL."""


@dataclass
class Lake:
    """Tables as the job leaves them, as far as this step looks at them."""

    spark: SparkSession
    root: Path

    def table(self, name: str) -> DeltaTable:
        return DeltaTable(self.spark, f"{self.root}/{name}/orders")

    def silver(self) -> dict[str, Any]:
        return {row["id"]: row.asDict() for row in self.table("silver").read().collect()}


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """Two commits, and a merge that names Aya in its condition and rewrites a file that has her."""
    found = Lake(spark, tmp_path)
    silver, refused = found.table("silver"), found.table("quarantine")
    rows = [
        ("O1", 1, AYA, "a"),
        ("O2", 1, "Bo", "a"),
        ("O3", 2, "Bo", "b"),
        ("O4", 2, AYA, "b"),
        ("O5", 3, None, "b"),
    ]
    for source in "ab":
        silver.append(spark.createDataFrame([row for row in rows if row[3] == source], ROWS).coalesce(1))
    said = spark.createDataFrame([("O2", 9, "Bo", "c")], ROWS)
    said.createOrReplaceTempView("said")
    silver.merge(
        f"t USING said s ON t.id = s.id AND t.buyer >= '{AYA}'"
        " WHEN MATCHED THEN UPDATE SET t.amount = s.amount"
    )
    schema = "_source string, _source_version_id string, _source_line long, _raw string"
    spots = [(*OLD, 1, f"x,{AYA}"), (OLD[0], "v1", 1, "y,Bo"), ("s3://bronze/o'k.csv", "v0", 7, "z,Cy")]
    refused.append(spark.createDataFrame(spots, schema).coalesce(1))
    return found


def forget(lake: Lake, run: str = "jr_f") -> dict[str, Any]:
    digest = hashlib.sha256((SALT + AYA).encode()).hexdigest()
    request = Request("r1", "buyer", SALT, digest, (OLD,))
    job = ForgettingJob("orders", "silver", str(lake.root), run, request)
    report: dict[str, Any] = forgetting.run(lake.spark, job, Storage(FakeS3())).as_dict()
    return report


def with_text(lake: Lake, text: str) -> list[str]:
    """Files of the lake that hold the text, Parquet's pages too: a short one is stored as it is."""
    every = [path for path in lake.root.rglob("*") if path.is_file() and path.parent != lake.root]
    return [str(path) for path in every if text.encode() in path.read_bytes()]


def test_the_persons_rows_go_and_so_does_the_past_of_the_tables(lake: Lake) -> None:
    """No file has them any more, data or log; others' rows are as they were, and the tables go on."""
    before = lake.silver()
    assert with_text(lake, AYA)
    report = forget(lake)
    assert lake.silver() == {key: row for key, row in before.items() if row["buyer"] != AYA}
    assert [row["_raw"] for row in lake.table("quarantine").read().orderBy("_raw").collect()] == [
        "y,Bo",
        "z,Cy",
    ]
    assert with_text(lake, AYA) == []
    assert with_text(lake, SALT) == []
    assert report["tables"]["silver"]["rows"] == 2
    assert report["tables"]["quarantine"]["rows"] == 1
    lake.table("silver").append(lake.spark.createDataFrame([("O6", 1, AYA, "new")], ROWS))
    fresh = DeltaTable(lake.spark.newSession(), f"{lake.root}/silver/orders").read()
    assert sorted(row["id"] for row in fresh.collect()) == ["O2", "O3", "O5", "O6"]


STEPS = (
    (DeltaTable, "delete"),
    (DeltaTable, "set_properties"),
    (DeltaTable, "vacuum"),
    (forgetting, "_cut_log"),
)


def dying(step: Callable[..., Any], name: str, died: set[tuple[str, str]]) -> Callable[..., Any]:
    """The step, before which the run is killed the first time it comes to a table."""

    def call(table: DeltaTable, *arguments: Any) -> Any:
        here = (name, Path(table.path).parent.name)
        if here not in died:
            died.add(here)
            raise KilledError
        return step(table, *arguments)

    return call


def test_killed_before_each_of_its_steps_it_is_repeated_to_the_same_end(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each step of each table once, over the same tables: what was done stays done."""
    died: set[tuple[str, str]] = set()
    for where, name in STEPS:
        monkeypatch.setattr(where, name, dying(getattr(where, name), name, died))
    deaths = 0
    while True:
        try:
            forget(lake, run=f"jr_{deaths}")
            break
        except KilledError:
            deaths += 1
            assert deaths == len(died)
    assert died == {(name, table) for _, name in STEPS for table in ("silver", "quarantine")}
    assert sorted(lake.silver()) == ["O2", "O3", "O5"]
    assert lake.table("quarantine").read().count() == 2
    assert with_text(lake, AYA) == []


def test_files_that_no_writer_of_delta_made_stop_it_and_stay(lake: Lake) -> None:
    """Nobody can say whether they hold the person: it tells which, and goes on when they are moved out."""
    foreign = lake.root / "silver/orders/notes.csv"
    foreign.write_text("mine")
    with pytest.raises(ForeignFilesError, match=r"notes\.csv.*move them out"):
        forget(lake)
    assert foreign.read_text() == "mine"
    foreign.rename(lake.root / "notes.csv")
    forget(lake, run="jr_g")
    assert sorted(lake.silver()) == ["O2", "O3", "O5"]
    assert with_text(lake, AYA) == []
