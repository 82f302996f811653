"""Values, keys and column names that SQL, Delta or the job itself could take for something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.delta import DeltaTable
from tests.unit.glue.silver.lake import Lake
from tests.unit.glue.silver.test_maintenance import maintain

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

CONTRACT = """
title: Orders
columns:
  - {name: id, type: string, required: true}
  - {name: part, type: string, required: true}
  - {name: note, type: string}
record_key: [id]
"""
SNAPSHOT = CONTRACT + "mode: snapshot\nsnapshot_of: object\n"
PARTED = "x" * 31 + "\U00020bb7" + "yy"
"""The cut of Delta's statistics parts the pair of its 32nd character."""
NAMES = """
record_key place label object eff seq deleted content payload source position target action was nth n s t said
update copy rewritten rows name count key
"""
"""As the rules and the merge call their own columns and views."""
INTERNAL = NAMES.split()
MANY = (
    "title: Orders\ncolumns:\n  - {name: id, type: string, required: true}\n"
    + "".join(f"  - {{name: {name}, type: string, required: true}}\n" for name in INTERNAL)
    + "record_key: [id]\nsilver: {cluster_by: [record_key, place, t]}\n"
)
CDC = """
title: Orders
columns:
  - {name: id, type: string, required: true}
  - {name: op, type: string, required: true}
  - {name: note, type: string}
record_key: [id]
mode: cdc
operation: {column: op, insert: [I], update: [U], delete: [D]}
"""


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Iterator[Lake]:
    """Delta leaves files unread, as in the job."""
    setting = "spark.databricks.delta.stats.skipping"
    before = str(spark.conf.get(setting))
    spark.conf.set(setting, "true")
    yield Lake(spark, tmp_path)
    spark.conf.set(setting, before)


@pytest.mark.parametrize(
    ("contract", "id_", "part", "key"),
    [
        (CONTRACT, PARTED, "p", "bronze/orders/a.csv"),
        (CONTRACT, "${env:HOME}", "p", "bronze/orders/a.csv"),
        (CONTRACT + "silver: {partition_by: [part]}\n", "B", "${env:HOME}", "bronze/orders/a.csv"),
        (SNAPSHOT, "B", "p", "bronze/orders/a:label.csv"),
        (SNAPSHOT, "B", "p", "bronze/o/xxxxxxxxxx\U00020bb7.csv"),
    ],
    ids=["cut in a pair", "variable", "variable in the layout", "a rule's parameter", "key cut in a pair"],
)
def test_a_record_that_comes_again_is_there_once(
    lake: Lake, contract: str, id_: str, part: str, key: str
) -> None:
    header = "id,part,note\n"
    lake.run(f"{header}{id_},{part},old\nA,{part},old\n", key=key, contract=contract)
    lake.run(f"{header}{id_},{part},new\nA,{part},old\n", key=key, version="v2", minutes=5, contract=contract)
    found = [(row["id"], row["part"], row["note"]) for row in lake.silver()]
    assert sorted(found) == sorted([("A", part, "old"), (id_, part, "new")])


def test_a_contracts_columns_may_have_the_names_of_the_rules(lake: Lake) -> None:
    """Through an upload that says most of another again, a change, and a deletion's place beside Silver."""
    header = ",".join(["id", *INTERNAL]) + "\n"

    def rows(count: int, value: str) -> str:
        return header + "".join(f"O{row},{','.join([value] * len(INTERNAL))}\n" for row in range(count))

    lake.run(rows(6, "old"), contract=MANY)
    lake.run(rows(5, "old"), version="v2", minutes=5, contract=MANY)
    lake.run(rows(1, "new"), version="v3", minutes=6, contract=MANY)
    assert [row["place"] for row in lake.silver()] == ["new"] + ["old"] * 5


def test_after_a_rebuild_deletions_lie_aside_once(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the first run was killed between the two tables' commits."""
    csv = "id,op,note\nA,I,x\nB,D,\n"
    lake.run(csv, contract=CDC)
    maintain(lake, CDC, rebuild=True)
    emptied = lake.table("silver").version()
    whole = DeltaTable.rewrite

    def killed(table: DeltaTable, rows: DataFrame, partition_by: Sequence[str]) -> None:
        if "/silver/" in table.path:
            raise InterruptedError
        whole(table, rows, partition_by)

    monkeypatch.setattr(DeltaTable, "rewrite", killed)
    with pytest.raises(InterruptedError):
        lake.run(csv, contract=CDC, force=True)
    monkeypatch.undo()
    lake.run(csv, contract=CDC, force=True)
    assert [row["id"] for row in lake.silver()] == ["A"]
    assert [row["id"] for row in lake.table("aside").read().collect()] == ["B"]
    assert lake.table("silver").version() == emptied + 1
