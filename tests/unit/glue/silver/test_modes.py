"""What an upload says of records that it does not hold, on local Delta tables: order, modes, spared rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.contract.loader import load_contract
from pipeline.gold.compute import compute
from pipeline.uploads.position import position, position_sql
from tests.support.fake_s3 import MODIFIED
from tests.unit.glue.silver.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CONTRACT = """
title: Orders
source: {unknown_columns: ignore}
columns:
  - {name: id, type: string, required: true}
  - {name: at, type: integer, required: true}
  - {name: op, type: string, required: true}
  - {name: note, type: string}
record_key: [id]
gold:
  - {name: notes, key: [note], sql: "SELECT COALESCE(note, '') AS note, COUNT(*) AS n FROM silver GROUP BY 1"}
"""
HEADER = "id,at,op,note\n"
CONTENT = CONTRACT.replace("record_key: [id]", "record_key: content")
CDC = CONTRACT.replace(
    "gold:",
    "mode: cdc\noperation: {column: op, insert: [I], update: [U], delete: [D]}\nsequence_by: at\ngold:",
)


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    return Lake(spark, tmp_path)


def csv(*rows: str) -> str:
    """``O1 note`` → a line; ``O1 note 7 D`` with at and op."""
    cells = [(row.split() + ["1", "U"][len(row.split()) - 2 :])[:4] for row in rows]
    return HEADER + "".join(f"{id_},{at},{op},{note}\n" for id_, note, at, op in cells)


def notes(lake: Lake) -> dict[str, str]:
    return {row["id"]: row["note"] for row in lake.silver()}


def gold(lake: Lake, contract: str) -> str:
    """Return the rows of the Gold table as they go to PostgreSQL."""
    table = load_contract(contract, "datasets/orders.yaml").gold[0]
    text = compute(lake.spark, lake.table("silver").read(), table, "public").text
    return b"".join(lines for lines, _ in text.begin()).decode()


def metrics(lake: Lake) -> dict[str, str]:
    """Return what Delta says of the last commit to Silver."""
    history = lake.spark.sql(f"DESCRIBE HISTORY {lake.table('silver').sql_name} LIMIT 1")
    found: Any = history.collect()[0]["operationMetrics"]
    return dict(found)


def test_uploads_of_one_second_have_one_order(lake: Lake) -> None:
    """Two versions of a key go by the sequencer, two keys by the key: whichever is delivered last."""
    lake.run(csv("O2 b"), key="bronze/orders/b.csv", contract=CONTRACT)
    lake.run(csv("O1 new", "O2 a"), version="v2", sequencer="00AB1", contract=CONTRACT)
    late = lake.run(csv("O1 old", "O3 old"), version="v1", sequencer="00AB", contract=CONTRACT)
    assert notes(lake) == {"O1": "new", "O2": "b", "O3": "old"}
    assert late.as_dict()["quarantine_reasons"] == {"superseded": 1}


def test_a_row_that_another_object_still_has_stays(lake: Lake) -> None:
    """Record key content: b.csv drops a row, a.csv has it; and it goes when a.csv drops it, too."""
    lake.run(csv("O1 x", "O2 x"), contract=CONTENT)
    lake.run(csv("O2 x", "O3 x"), key="bronze/orders/b.csv", version="w1", minutes=1, contract=CONTENT)
    lake.run(csv("O3 x"), key="bronze/orders/b.csv", version="w2", minutes=2, contract=CONTENT)
    assert notes(lake) == {"O1": "x", "O2": "x", "O3": "x"}
    lake.run(csv("O1 x"), version="v2", minutes=3, contract=CONTENT)
    assert notes(lake) == {"O1": "x", "O3": "x"}


def test_the_same_rows_again_are_not_written(lake: Lake) -> None:
    """No commit for an identical file; of a full dump what differs. And still the later upload counts."""
    lake.run(csv("O1 x", "O2 x", "O3 x", "O4 x"), contract=CONTRACT)
    version = lake.table("silver").version()
    again = lake.run(csv("O1 x", "O2 x", "O3 x", "O4 x"), version="v3", minutes=3, contract=CONTRACT)
    assert lake.table("silver").version() == version
    assert again.as_dict()["rows"] == {"read": 4, "silver": 4, "quarantined": 0}
    assert (again.as_dict()["silver"]["changed"], again.as_dict()["silver"]["kept"]) == (False, 4)
    late = lake.run(csv("O1 y"), key="bronze/orders/b.csv", version="w", minutes=2, contract=CONTRACT)
    assert late.as_dict()["quarantine_reasons"] == {"superseded": 1}
    lake.run(csv("O1 x", "O2 y", "O3 x", "O4 x"), version="v4", minutes=4, contract=CONTRACT)
    touched = metrics(lake)
    assert touched["numTargetRowsUpdated"] == "1"
    assert touched["numTargetRowsInserted"] == touched["numTargetRowsDeleted"] == "0"


def test_a_column_out_of_the_contract_has_no_stale_value(lake: Lake) -> None:
    """Rows that are written under the new contract have nothing there."""
    lake.run(csv("O1 x", "O2 x"), contract=CONTRACT)
    without = CONTRACT.replace("  - {name: note, type: string}\n", "").replace("COALESCE(note, '')", "id")
    lake.run(csv("O1 x"), key="bronze/orders/b.csv", version="w", minutes=1, contract=without)
    assert notes(lake) == {"O1": None, "O2": "x"}


def test_a_snapshot_is_all_there_is_of_its_object(lake: Lake) -> None:
    """A corrected file lacks a row: it is gone, or what another object says comes back. Gold follows."""
    snapshot = CONTRACT.replace("gold:", "mode: snapshot\ngold:")
    lake.run(csv("O1 b", "O2 b"), key="bronze/orders/b.csv", version="w1", contract=snapshot)
    lake.run(csv("O1 a", "O3 a"), minutes=1, contract=snapshot)
    assert notes(lake) == {"O1": "a", "O2": "b", "O3": "a"}
    report = lake.run(HEADER, version="v2", minutes=2, contract=snapshot).as_dict()
    assert notes(lake) == {"O1": "b", "O2": "b"}
    assert report["rows"] == {"read": 0, "silver": 0, "quarantined": 0}
    assert gold(lake, snapshot) == "b\t2\n"
    late = lake.run(csv("O4 late"), version="v1b", minutes=1, sequencer="00AB", contract=snapshot)
    assert late.as_dict()["quarantine_reasons"] == {"superseded": 1}


def test_a_snapshot_of_the_dataset_is_all_there_is(lake: Lake) -> None:
    """A daily full dump under a new name each day; the last of two lines with one key."""
    dump = CONTRACT.replace("gold:", "mode: snapshot\nsnapshot_of: dataset\nkeep: last\ngold:")
    lake.run(csv("O1 x", "O2 x", "O3 x"), contract=dump)
    report = lake.run(
        csv("O1 x", "O2 y", "O2 z"), key="bronze/orders/b.csv", version="w", minutes=1, contract=dump
    ).as_dict()
    assert notes(lake) == {"O1": "x", "O2": "z"}
    assert report["quarantine_reasons"] == {"duplicate_key": 1}
    touched = {name: report["silver"][name] for name in ("inserted", "updated", "deleted", "kept")}
    assert touched == {"inserted": 0, "updated": 1, "deleted": 1, "kept": 1}


def test_changes_are_applied_in_their_sequence(lake: Lake) -> None:
    """Within a file and over files; a deletion stays one when an older change comes late. Gold follows."""
    first = lake.run(csv("O1 x 1 I", "O1 y 2 U", "O2 x 1 I", "O3 x 5 I"), contract=CDC).as_dict()
    assert notes(lake) == {"O1": "y", "O2": "x", "O3": "x"}
    assert first["quarantine_reasons"] == {"superseded": 1}
    deleted = lake.run(
        HEADER + "O2,3,D,\nO3,4,D,\nO4,9,D,\n", version="v2", minutes=1, contract=CDC
    ).as_dict()
    assert deleted["rows"] == {"read": 3, "silver": 0, "aside": 2, "quarantined": 1}
    assert notes(lake) == {"O1": "y", "O3": "x"}
    late = lake.run(csv("O2 late 2 U", "O4 late 8 I", "O1 z 7 U"), version="v3", minutes=2, contract=CDC)
    assert late.as_dict()["quarantine_reasons"] == {"superseded": 2}
    assert gold(lake, CDC) == "x\t1\nz\t1\n"


def test_rows_of_before_have_the_position_of_an_upload_without_a_sequencer(spark: SparkSession) -> None:
    """Spark makes the same text of a row's columns as Python makes of the upload."""
    source = "s3://bronze/bronze/orders/1月 'a'.csv"
    columns = "m timestamp, s string, v string"
    rows = spark.createDataFrame([(MODIFIED, source, "v1")], columns)
    found = rows.selectExpr(position_sql("m", "s", "v")).collect()[0][0]
    assert found == position(MODIFIED, source, None, "v1")


NOTES = """
title: Orders
columns:
  - {name: id, type: string, required: true}
  - {name: note, type: string%s}
record_key: [id]
"""


def orders(ids: range, last: str = "x") -> str:
    return "id,note\n" + "".join(f"{n},{last if n == 4 else 'y'}\n" for n in ids)


def test_an_older_version_of_a_snapshot_can_be_delivered_again(lake: Lake) -> None:
    """All its rows are superseded, and the run ends well: the accounting counts them there alone."""
    contract = NOTES % "" + "mode: snapshot\n"
    lake.run(orders(range(5)), version="v1", contract=contract)
    lake.run(orders(range(4)), version="v2", minutes=1, contract=contract)
    again = lake.run(orders(range(5)), version="v1", contract=contract, force=True)
    assert again.content["rows"] == {"read": 5, "silver": 0, "quarantined": 5}


def test_an_older_upload_under_a_new_contract_does_not_pass_for_a_later_one(lake: Lake) -> None:
    """What a later upload said of its other rows, it did not say of the row that changes now."""
    lake.run(orders(range(5)), key="bronze/orders/a.csv", version="v1", contract=NOTES % "")
    lake.run(orders(range(4)), key="bronze/orders/b.csv", version="v2", minutes=10, contract=NOTES % "")
    changed = NOTES % ", nulls: ['x']"
    lake.run(orders(range(5)), key="bronze/orders/a.csv", version="v1", contract=changed)
    lake.run("id,note\n4,m\n", key="bronze/orders/c.csv", version="v3", minutes=5, contract=changed)
    assert [row["note"] for row in lake.silver() if row["id"] == "4"] == ["m"]


def test_a_contract_may_change_its_mode(lake: Lake) -> None:
    """A label that says "not said again" is no later upload."""
    lake.run(orders(range(5)), key="bronze/orders/a.csv", version="v1", contract=NOTES % "")
    lake.run(orders(range(4)), key="bronze/orders/b.csv", version="v2", minutes=1, contract=NOTES % "")
    snapshot = NOTES % "" + "mode: snapshot\n"
    again = lake.run(orders(range(5)), key="bronze/orders/a.csv", version="v1", contract=snapshot)
    assert again.content["rows"]["quarantined"] == 0


def test_a_line_that_a_rule_refuses_takes_no_good_line_with_it(lake: Lake) -> None:
    """Which of two lines counts is chosen among those that may count."""
    contract = CDC.replace("gold:", "quality: {rules: [{name: good, sql: \"note <> 'bad'\"}]}\ngold:")
    lake.run(HEADER + "A,1,I,fine\nA,2,U,bad\n", contract=contract)
    assert [(row["id"], row["note"]) for row in lake.silver()] == [("A", "fine")]
    assert [row["_reason"] for row in lake.table("quarantine").read().collect()] == ["good"]
